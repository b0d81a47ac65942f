# Names of builds that are not in the line yet: of legal characters only, whatever lies in that directory.
# With 'one', none when there is one.
function __left4me_setup_builds
    set -l root ~left4me
    set -q LEFT4ME_ROOT; and set root $LEFT4ME_ROOT
    set -l paths $root/updates/.lists/*
    set -l typed (commandline -opc)
    set -l left
    for name in (string match -rg '/([1-9][0-9]{0,19}(?:[.][1-9][0-9]{0,2})?)\z' -- $paths)
        if not contains -- $name $typed
            set -a left $name
        else if test "$argv" = one
            return
        end
    end
    string join \n -- $left
end

# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_left4me_setup_global_optspecs
    string join \n h/help V/version
end

function __fish_left4me_setup_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_left4me_setup_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_left4me_setup_using_subcommand
    set -l cmd (__fish_left4me_setup_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -s V -l version -d 'Print version'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "plan" -d 'Show what `apply` would change; exit code 3 if anything would, 0 if not'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "apply" -d 'Set up the host: user, directories, files, units, SteamCMD, the game'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "status" -d 'Show what is on this host: version, root, SteamCMD, game, instances'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "doctor" -d 'Check whether a server can be started here; exit code 1 if not'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "config" -d 'Show the settings in effect, and where each comes from'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "uninstall" -d 'Stop all servers and remove what `apply` made; state and user only with --purge'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "steamcmd" -d 'SteamCMD, Valve\'s downloader'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "game" -d 'The shared game installation'
complete -c left4me-setup -n "__fish_left4me_setup_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l root -d 'LEFT4ME_ROOT: where all state lives' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l steamcmd-url -d 'Download SteamCMD from here instead of Valve (https, or http to a loopback address)' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l steamcmd-sha256 -d 'SHA-256 that the download must have, instead of the known one' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l sysroot -d 'Work on this directory tree instead of / (image builds, tests)' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l skip-game -d 'Leave the game out'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l offline -d 'Use no network; what needs it is listed as deferred'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l skip-usr-local -d 'Leave /usr/local to the administrator (for the package\'s own scripts)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l reset-config -d 'Put back configuration files that were changed by hand'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l diff -d 'Show the changed lines of files too, and those that you changed and `apply` keeps'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l root -d 'LEFT4ME_ROOT: where all state lives' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l steamcmd-url -d 'Download SteamCMD from here instead of Valve (https, or http to a loopback address)' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l steamcmd-sha256 -d 'SHA-256 that the download must have, instead of the known one' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l sysroot -d 'Work on this directory tree instead of / (image builds, tests)' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l skip-game -d 'Leave the game out'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l offline -d 'Use no network; what needs it is listed as deferred'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l skip-usr-local -d 'Leave /usr/local to the administrator (for the package\'s own scripts)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l reset-config -d 'Put back configuration files that were changed by hand'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -s y -l yes -d 'Do not ask'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -s q -l quiet -d 'Print only problems'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand status" -l sysroot -d 'Work on this directory tree instead of /' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand status" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand status" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand doctor" -s v -l verbose -d 'Show the checks that passed, too'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand doctor" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l root -d 'LEFT4ME_ROOT: where all state lives' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l steamcmd-url -d 'Download SteamCMD from here instead of Valve (https, or http to a loopback address)' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l steamcmd-sha256 -d 'SHA-256 that the download must have, instead of the known one' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l sysroot -d 'Read the settings of this directory tree instead of /' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l skip-game -d 'Leave the game out'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -f -a "init" -d 'Write /etc/left4me/host.yaml from the settings of this host; an existing file is never replaced'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and not __fish_seen_subcommand_from init help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -l root -d 'LEFT4ME_ROOT: where all state lives' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -l steamcmd-url -d 'Download SteamCMD from here instead of Valve (https, or http to a loopback address)' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -l steamcmd-sha256 -d 'SHA-256 that the download must have, instead of the known one' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -l sysroot -d 'Work on this directory tree instead of /' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -l skip-game -d 'Leave the game out'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "init" -d 'Write /etc/left4me/host.yaml from the settings of this host; an existing file is never replaced'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -l sysroot -d 'Work on this directory tree instead of /' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -l purge -d 'Remove LEFT4ME_ROOT with the game and all instances, and the user, too'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -s y -l yes -d 'Do not ask'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and not __fish_seen_subcommand_from install run help" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and not __fish_seen_subcommand_from install run help" -f -a "install" -d 'Download SteamCMD and let it update itself; does nothing if it is there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and not __fish_seen_subcommand_from install run help" -f -a "run" -d 'Run SteamCMD by hand, as the runtime user'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and not __fish_seen_subcommand_from install run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l steamcmd-url -d 'Download SteamCMD from here instead of Valve (https, or http to a loopback address)' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l steamcmd-sha256 -d 'SHA-256 that the download must have, instead of the known one' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -l force -d 'Download it again'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from help" -f -a "install" -d 'Download SteamCMD and let it update itself; does nothing if it is there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run SteamCMD by hand, as the runtime user'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "install" -d 'Install the game, or finish an install that was interrupted'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "update" -d 'Install the game, or update it to Valve\'s latest build while servers run; each server gets it at its next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "verify" -d 'Compare the game with the list of its files; exit code 1 if one is missing or has another size'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "check" -d 'Ask Steam for its latest build, without downloading it; exit code 0 if it is installed, 3 if it is not, 1 if Steam does not say'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "list" -d 'List the builds that are kept, with the current one, which servers get at their next start, and who runs which'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "rollback" -d 'Go back to the previous build, or switch to any other one that is kept; servers get it at their next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "pin" -d 'Switch to this build and stay there: updates change nothing until game unpin'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "unpin" -d 'Let updates change the build again'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "squash" -d 'Merge all updates into the base, while servers run; no data is copied'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "prune" -d 'Remove what is no longer in use: updates of no kept build, old bases, and an unfinished update'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "status" -d 'Show what is installed; exit code 1 if the game is not there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "export" -d 'Write the game into one file, which other hosts import instead of downloading it from Steam'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "import" -d 'Install or update the game from an archive that `game export` wrote on another host; servers may run'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and not __fish_seen_subcommand_from install update verify check list rollback pin unpin squash prune status export import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -l validate -d 'Check every file and repair what is damaged'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l canary -d 'Try the update with a copy of this instance first, and publish it only if that comes up' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l in-place -d 'Change the installation itself; stop all servers first, as this stops none'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -l scheduled -d 'Follow update: in /etc/left4me/host.yaml, as left4me-update.timer does, and queue restarts of the servers for when they are empty'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -l repair -d 'Let SteamCMD check every file too, and repair what is damaged'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l stall -d 'End SteamCMD after this many seconds without any progress' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l pause -d 'First pause before SteamCMD is retried; later pauses grow to six times this' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l login -d 'Log in to Steam with this account instead of anonymously; the login is kept for later runs' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l password-file -d 'Read the account\'s password from this file (mode 0600) instead of asking; the systemd credential steam-password does the same' -r -F
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from rollback" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from pin" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from pin" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from unpin" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from squash" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from squash" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from prune" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from status" -l json -d 'Print JSON'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from export" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from export" -s f -l force -d 'Replace a file that is there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from export" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -l sha256 -d 'Require this digest of the archive\'s manifest, which `game export` prints' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -l canary -d 'Try the build with a copy of this instance first, and publish it only if that comes up' -r
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -l progress -d 'How to show progress' -r -f -a "auto\t'Bars on a terminal, else plain lines'
bar\t'Bars'
plain\t'Lines, at most one per 10 seconds or 5 percent'
json\t'One JSON object per line, on standard output'"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -l no-wait -d 'Fail at once if another run is in progress, instead of waiting for it'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "install" -d 'Install the game, or finish an install that was interrupted'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "update" -d 'Install the game, or update it to Valve\'s latest build while servers run; each server gets it at its next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Compare the game with the list of its files; exit code 1 if one is missing or has another size'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "check" -d 'Ask Steam for its latest build, without downloading it; exit code 0 if it is installed, 3 if it is not, 1 if Steam does not say'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the builds that are kept, with the current one, which servers get at their next start, and who runs which'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "rollback" -d 'Go back to the previous build, or switch to any other one that is kept; servers get it at their next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "pin" -d 'Switch to this build and stay there: updates change nothing until game unpin'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "unpin" -d 'Let updates change the build again'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "squash" -d 'Merge all updates into the base, while servers run; no data is copied'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove what is no longer in use: updates of no kept build, old bases, and an unfinished update'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show what is installed; exit code 1 if the game is not there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the game into one file, which other hosts import instead of downloading it from Steam'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "import" -d 'Install or update the game from an archive that `game export` wrote on another host; servers may run'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "plan" -d 'Show what `apply` would change; exit code 3 if anything would, 0 if not'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "apply" -d 'Set up the host: user, directories, files, units, SteamCMD, the game'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "status" -d 'Show what is on this host: version, root, SteamCMD, game, instances'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "doctor" -d 'Check whether a server can be started here; exit code 1 if not'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "config" -d 'Show the settings in effect, and where each comes from'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "uninstall" -d 'Stop all servers and remove what `apply` made; state and user only with --purge'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "steamcmd" -d 'SteamCMD, Valve\'s downloader'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "game" -d 'The shared game installation'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and not __fish_seen_subcommand_from plan apply status doctor config uninstall steamcmd game help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "init" -d 'Write /etc/left4me/host.yaml from the settings of this host; an existing file is never replaced'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from steamcmd" -f -a "install" -d 'Download SteamCMD and let it update itself; does nothing if it is there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from steamcmd" -f -a "run" -d 'Run SteamCMD by hand, as the runtime user'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "install" -d 'Install the game, or finish an install that was interrupted'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "update" -d 'Install the game, or update it to Valve\'s latest build while servers run; each server gets it at its next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "verify" -d 'Compare the game with the list of its files; exit code 1 if one is missing or has another size'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "check" -d 'Ask Steam for its latest build, without downloading it; exit code 0 if it is installed, 3 if it is not, 1 if Steam does not say'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "list" -d 'List the builds that are kept, with the current one, which servers get at their next start, and who runs which'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "rollback" -d 'Go back to the previous build, or switch to any other one that is kept; servers get it at their next restart'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "pin" -d 'Switch to this build and stay there: updates change nothing until game unpin'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "unpin" -d 'Let updates change the build again'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "squash" -d 'Merge all updates into the base, while servers run; no data is copied'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "prune" -d 'Remove what is no longer in use: updates of no kept build, old bases, and an unfinished update'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "status" -d 'Show what is installed; exit code 1 if the game is not there'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "export" -d 'Write the game into one file, which other hosts import instead of downloading it from Steam'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand help; and __fish_seen_subcommand_from game" -f -a "import" -d 'Install or update the game from an archive that `game export` wrote on another host; servers may run'
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand plan" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand apply" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand status" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand doctor" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config; and __fish_seen_subcommand_from init" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand config" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand uninstall" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from install" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd; and __fish_seen_subcommand_from run" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand steamcmd" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from install" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from update" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from verify" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from check" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from list" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from rollback" -f -a "(__left4me_setup_builds one)"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from pin" -f -a "(__left4me_setup_builds one)"
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from unpin" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from squash" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from prune" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from status" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from export" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game; and __fish_seen_subcommand_from import" -f
complete -c left4me-setup -n "__fish_left4me_setup_using_subcommand game" -f
