"""What the options of a command mean for each other, in words made of how they are declared."""

from collections.abc import Iterable, Sequence

from dcmtool.options.option import Alternatives, Option


class Rules:
    """The rules of a command's options, each a sentence without its full stop."""

    def __init__(self, options: Sequence[Option]) -> None:
        self._options = options

    def of(self, option: Option) -> tuple[str, ...]:
        """Return the rules of one option, but for that of its block."""
        rules = [f"only with {listed([*needed, *option.unless])}" for needed in option.needs]
        excluded = self._excluded(option)
        if excluded:
            rules.append(f"not with {listed(excluded)}")
        if option.multiple:
            rules.append("may be given more than once")
        return tuple(rules)

    def shared(self, options: Sequence[Option]) -> tuple[str, ...]:
        """Return what several of these are only allowed with: all that are about the run."""
        several = [self.of(option) for option in options if not option.stands_alone]
        if len(several) < 2:
            return ()
        return tuple(
            rule
            for rule in several[0]
            if rule.startswith("only with ") and all(rule in rules for rules in several)
        )

    def of_blocks(self, options: Iterable[Option]) -> tuple[str, ...]:
        """Return the rules of the blocks that these options belong to."""
        return tuple(
            f"of {listed([each.long_name for each in self._options if each.block == block], 'and')} "
            "the rightmost counts"
            for block in dict.fromkeys(option.block for option in options if option.block)
        )

    def _excluded(self, option: Option) -> Alternatives:
        """Return what is not allowed with it, on whichever of the two sides it is declared."""
        declared = [name for names in option.conflicts for name in names]
        others = [
            other.long_name
            for other in self._options
            for names in other.conflicts
            if option.long_name in names
        ]
        return tuple(dict.fromkeys([*declared, *others]))


def listed(names: Iterable[str], word: str = "or") -> str:
    """Return names as a sentence lists them."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
