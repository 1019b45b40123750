function _dcmtool_completion
    set -l line (commandline -cp | string collect)
    for offer in (COMP_WORDS=$line _DCMTOOL_COMPLETE=fish_complete dcmtool 2>/dev/null)
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
