function _dcmtool_completion
    set -l line (commandline -cp | string collect)
    set -l program (commandline -opc)[1]
    set program (string replace -r '^~/' "$HOME/" -- $program)
    string match -q '*/*' -- $program; or set program dcmtool
    for offer in (COMP_WORDS=$line _DCMTOOL_COMPLETE=fish_complete $program 2>/dev/null)
        set -l parts (string split -m 2 , -- $offer)
        switch $parts[1]
            case dir
                printf '%s\n' $parts[2](__fish_complete_directories $parts[3])
            case file
                printf '%s\n' $parts[2](__fish_complete_path $parts[3])
            case plain
                string replace plain, '' -- $offer
        end
    end
end

complete --no-files --keep-order --command dcmtool --arguments '(_dcmtool_completion)'
