/// What logrotate's `--help`, `--usage` and `--version` print, whose first words programs read.
enum LogrotateHelp {
    /// The version whose behaviour is meant, first, as programs look for it.
    static let name = "logrotate 3.21.0 (spillway \(spillwayVersion))"

    static let version = """
        \(name)

            Default mail command:       /usr/bin/mail
            Default compress command:   /bin/gzip
            Default uncompress command: /bin/gunzip
            Default compress extension: .gz
            Default state file path:    /var/lib/spillway/state
            ACL support:                yes
            SELinux support:            yes
        """

    static let usage = """
        Usage: logrotate [-dfv?] [-d|--debug] [-f|--force] [-m|--mail=command]
                [-s|--state=statefile] [--skip-state-lock] [--wait-for-state-lock]
                [-v|--verbose] [-l|--log=logfile] [--version] [-?|--help] [--usage]
                [OPTION...] <configfile>
        """

    static let help = """
        Usage: logrotate [OPTION...] <configfile>
          -d, --debug                   Don't do anything, just test and print debug
                                        messages
          -f, --force                   Force file rotation
          -m, --mail=command            Command to send mail (instead of
                                        `/usr/bin/mail')
          -s, --state=statefile         Path of state file
              --skip-state-lock         Do not lock the state file
              --wait-for-state-lock     Wait for lock on the state file
          -v, --verbose                 Display messages during rotation
          -l, --log=logfile             Log file or 'syslog' to log to syslog
              --version                 Display version information

        Help options:
          -?, --help                    Show this help message
              --usage                   Display brief usage message

        This is spillway \(spillwayVersion); spillway(8) has its further options.
        """
}
