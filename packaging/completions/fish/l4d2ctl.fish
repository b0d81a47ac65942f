# Names of instances that are not in the line yet: of legal characters only, whatever lies in that directory.
# With 'one', none when there is one.
function __l4d2ctl_instances
    set -l root ~left4me
    set -q LEFT4ME_ROOT; and set root $LEFT4ME_ROOT
    set -l paths $root/instances/*
    set -l typed (commandline -opc)
    set -l left
    for name in (string match -rg '/([a-z0-9][a-z0-9_-]{0,63})\z' -- $paths)
        if not contains -- $name $typed
            set -a left $name
        else if test "$argv" = one
            return
        end
    end
    string join \n -- $left
end

# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_l4d2ctl_global_optspecs
    string join \n h/help V/version
end

function __fish_l4d2ctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_l4d2ctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_l4d2ctl_using_subcommand
    set -l cmd (__fish_l4d2ctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -s V -l version -d 'Print version'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "install" -d 'Install or update the shared game (runs \'left4me-setup game update\')'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "initialize" -d 'Make an instance from a specification, or change its specification; its files are kept'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "start" -d 'Start instances, now and after every reboot'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "stop" -d 'Stop instances; they stay stopped after a reboot'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "restart" -d 'Restart instances, so that new specifications, overlays and game updates take effect'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "canary" -d 'Start a copy of an instance where no player finds it, see whether it comes up, and delete the copy'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "delete" -d 'Stop instances and delete them, with all files they wrote'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "reset" -d 'Stop instances and delete the files they wrote; the specification stays'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "status" -d 'Show state, players, map, uptime, memory and disk use'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "du" -d 'Show how much instances have written: new files, files copied up from lower layers, deletions'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "list" -d 'List instances with their ports and overlays'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "show" -d 'Print an instance\'s specification as YAML, ready for \'initialize\''
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "logs" -d 'Show the log of an instance\'s server'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "rcon" -d 'Run commands on a server\'s console and print the replies'
complete -c l4d2ctl -n "__fish_l4d2ctl_needs_command" -f -a "overlay" -d 'Show overlays, and which layer a file comes from'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand install" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand initialize" -s f -l spec -d 'File with the specification (YAML); \'-\' reads standard input' -r -F
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand initialize" -l check -d 'Only check the specification, and whether it fits this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand initialize" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand start" -l wait -d 'Wait until the server answers, for at most SECONDS' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand start" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand start" -l stopped -d 'With --all, also start instances that were stopped on purpose'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand start" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand stop" -l warn -d 'Warn players and wait this long before the stop, at most a day' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand stop" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand stop" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l wait -d 'Wait until the server answers, for at most SECONDS' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l warn -d 'Warn players this long before a restart at the deadline' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l deadline -d 'Wait for players to leave until this time of day, then restart anyway' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l max-parallel -d 'How many servers may be down at once' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l when-empty -d 'Restart each server once nobody plays on it, one after the other'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l queue -d 'Return at once; a timer checks every minute and restarts servers once they are empty, also after a reboot'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l queued -d 'List queued restarts'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l cancel -d 'Cancel the queued restarts of these instances; without names, all of them'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -l run-queue -d 'One look at the queue, for the timer'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand canary" -l timeout -d 'How many seconds it may take until it answers' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand canary" -l staged -d 'Try the update that is staged and not published yet'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand canary" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand delete" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand delete" -s y -l yes -d 'Do not ask'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand delete" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand reset" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand reset" -s y -l yes -d 'Do not ask'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand reset" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -l watch -d 'Show the table again every SECONDS until Ctrl-C' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -l json -d 'Print JSON'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -l players -d 'Show who plays, too: name, score and time on the server'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand du" -l files -d 'Also show the N largest files of each instance' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand du" -l all -d 'All instances of this host'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand du" -l json -d 'Print JSON'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand du" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand list" -l json -d 'Print JSON'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand list" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand show" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -s n -l lines -d 'Number of past lines' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -l since -d 'Show all lines since TIME instead, such as 1h, \'2 days ago\', yesterday, 18:00 or \'2026-11-24 18:00\'' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -s f -s F -l follow -d 'Keep printing new lines until Ctrl-C (the default)'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -l no-follow -d 'Stop after the past lines'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -s t -l timestamps -d 'Start each line with its time and program (the default on a terminal)'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -l no-timestamps -d 'Print only what the server wrote (the default without a terminal)'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -l raw -d 'Print the bytes as they are, including terminal sequences'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand rcon" -l timeout -d 'Seconds to wait for the login and for each reply' -r
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand rcon" -l all -d 'All running instances; each line of a reply begins with the name of its instance'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand rcon" -l raw -d 'Print replies as they are, including terminal sequences'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand rcon" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and not __fish_seen_subcommand_from list show explain" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and not __fish_seen_subcommand_from list show explain" -f -a "list" -d 'List the overlays of this host, and the instances that use them'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and not __fish_seen_subcommand_from list show explain" -f -a "show" -d 'Show an instance\'s layers, highest precedence first'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and not __fish_seen_subcommand_from list show explain" -f -a "explain" -d 'Show which layer a file comes from, and which lower layers have it too'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help'
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand install" -f
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand initialize" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand start" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand stop" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand restart" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand canary" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand delete" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand reset" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand status" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand du" -f -a "(__l4d2ctl_instances)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand list" -f
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand show" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand logs" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand rcon" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from list" -f
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from show" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay; and __fish_seen_subcommand_from explain" -f -a "(__l4d2ctl_instances one)"
complete -c l4d2ctl -n "__fish_l4d2ctl_using_subcommand overlay" -f
