# Completion of memwall for fish. The program itself says what fits (memwall --complete).
function __memwall_complete
    set -l words (commandline -opc)
    $words[1] --complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c memwall -f -a '(__memwall_complete)'
