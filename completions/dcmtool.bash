_dcmtool_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" response type value typed
    response=$(COMP_WORDS="$line" _DCMTOOL_COMPLETE=bash_complete "$1" 2>/dev/null)
    typed="${line##*[[:space:]]}"
    typed="${typed%"$2"}"
    COMPREPLY=()
    while IFS=, read -r type value; do
        case "$type" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$typed"}") ;;
        esac
    done <<<"$response"
}

complete -o nosort -F _dcmtool_completion dcmtool
