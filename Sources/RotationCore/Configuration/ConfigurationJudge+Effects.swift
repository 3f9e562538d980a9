import LinuxSystem

extension ConfigurationJudge {
    /// Directives of a stanza that change nothing, because of what else holds for it. Globals are meant for other stanzas too.
    static func withoutEffect(_ stanza: Stanza) -> [Diagnostic] {
        let settings = stanza.settings
        return Self.reasons(settings).compactMap { directive, why in
            guard let why, let location = settings.origins[directive.subject], stanza.contains(location) else {
                return nil
            }
            return Diagnostic(.warning, location, "\(directive.rawValue) has no effect, \(why)")
        }
    }

    private static func reasons(_ settings: Settings) -> [(Directive, String?)] {
        let noCompression = settings.compresses ? nil : "because nothing is compressed here: add compress"
        let noDate = settings.usesDate ? nil : "because archives have numbers here: add dateext"
        let staysInPlace = settings.technique == .inPlace && settings.signal == nil
        var bySize: String?
        if case .size = settings.schedule {
            bySize =
                settings.origins[.size] == nil
                ? "because size is 1M where nothing else is said: add daily or another time"
                : "because size alone says when the log is due"
        }
        return [
            (
                .create,
                settings.creation != nil && staysInPlace ? "because the log stays in place: copytruncate is said" : nil
            ),
            (
                .create,
                settings.creation != nil && settings.technique == .copy ? "because copy leaves the log alone" : nil
            ),
            (.delaycompress, settings.delaysCompression ? noCompression : nil),
            (.compresscmd, noCompression), (.compressoptions, noCompression), (.compressext, noCompression),
            (.compresslevel, noCompression),
            (.dateformat, noDate), (.dateyesterday, noDate), (.datehourago, noDate),
            (
                .createolddir,
                settings.archiveDirectory == nil && settings.archiveDirectoryCreation != nil
                    ? "because there is no olddir here" : nil
            ),
            (.shredcycles, settings.shreds ? nil : "because nothing is shredded here: add shred"),
            (
                settings.mailsFirst ? .mailfirst : .maillast,
                settings.mailAddress == nil ? "because nothing is mailed here: add mail" : nil
            ),
            (
                .sharedscripts,
                settings.sharesScripts && settings.scripts.isEmpty ? "because there is no script here" : nil
            ),
            (.minsize, bySize), (.minage, bySize),
        ]
    }

    /// logrotate keeps no archive unless it is told how many: what it rotates is thrown away.
    static func keepsNothing(_ stanza: Stanza) -> [Diagnostic] {
        let settings = stanza.settings
        guard settings.keep == .count(0), settings.origins[.rotate] == nil, settings.mailAddress == nil,
            settings.technique != .copy
        else { return [] }
        return [
            Diagnostic(
                .warning, stanza.location,
                "no rotate is said for these logs: what is rotated is thrown away; rotate 4 would keep four archives")
        ]
    }
}

extension Stanza {
    /// Whether a place is between its braces.
    fileprivate func contains(_ place: SourceLocation) -> Bool {
        place.file == location.file && place.line >= location.line && place.line <= endLine
    }
}
