"""`python -m dcmtool` is `dcmtool`."""

from dcmtool.cli.main import main

if __name__ == "__main__":
    main()
