_dcmtool_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" response typed type value
    response=$(COMP_WORDS="$line" _DCMTOOL_COMPLETE=bash_complete "$1" 2>/dev/null)
    typed="${line##*[[:space:]]}"
    typed="${typed%"$2"}"
    COMPREPLY=()
    while IFS=, read -r type value; do
        case "$type" in
            dir) compopt -o dirnames ;;
            file)
                if [[ "$2" != @* ]]; then compopt -o default; continue; fi
                while IFS= read -r value; do
                    if [[ -d "$value" ]]; then value+=/; compopt -o nospace; fi
                    printf -v value %q "$value"
                    COMPREPLY+=("@$value")
                done < <(compgen -f -- "$value")
                ;;
            plain) COMPREPLY+=("${value#"$typed"}") ;;
        esac
    done <<<"$response"
}

complete -o nosort -F _dcmtool_completion dcmtool
