_dcmtool_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" program=dcmtool offer type value at
    case "$1" in
        "~/"*) program="$HOME/${1:2}" ;;
        */*) program="$1" ;;
    esac
    COMPREPLY=()
    while IFS= read -r offer; do
        type="${offer%%,*}" value="${offer#*,}"
        case "$type" in
            dir) compopt -o dirnames ;;
            file)
                if [[ "$2" != @* ]]; then compopt -o default; continue; fi
                while IFS= read -r value; do
                    if [[ -d "$value" ]]; then value+=/; compopt -o nospace; fi
                    COMPREPLY+=("@$value")
                done < <(compgen -f -- "$value")
                ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="$line" COMP_WORD="$2" _DCMTOOL_COMPLETE=bash_complete "$program" 2>/dev/null)
    for at in "${!COMPREPLY[@]}"; do
        value="${COMPREPLY[at]}"
        case "${line%"$2"}" in
            *\') value=${value//\'/\'\\\'\'} value=${value/%\'/\'\'} ;;
            *\")
                value=${value//\\/\\\\} value=${value//\"/\\\"} value=${value//\$/\\\$}
                value=${value//\`/\\\`} value=${value//!/\"\\!\"}
                value=${value/%\"/\"\"}
                ;;
            *) printf -v value %q "$value" ;;
        esac
        COMPREPLY[at]="$value"
    done
}

complete -o nosort -F _dcmtool_completion dcmtool
