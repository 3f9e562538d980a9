public import LinuxSystem

extension Stanza {
    /// Whether one of its patterns fits a path.
    public func names(_ log: Path) -> Bool {
        patterns.contains { $0.text == log || GlobPattern.matches(path: log, pattern: $0.text) }
    }

    /// Whether a name that a wildcard found is an archive of spillway's, or what `renamecopy` left of a log: neither is
    /// ever rotated.
    ///
    /// Names of an earlier configuration count too: numbers where there are dates now, and the other way round.
    ///
    /// - Parameters:
    ///   - name: the bare name.
    ///   - directory: where it was found.
    ///   - exists: whether there is such a bare name beside it.
    ///   - isLog: whether a path is a log of this or an earlier run, or of another stanza.
    public func isArchive(
        _ name: Path, in directory: Path, exists: (Path) -> Bool, isLog: (Path) -> Bool
    ) -> Bool {
        func belongs(_ candidate: ArchiveNaming.Candidate) -> Bool {
            let log = directory.appending(candidate.log)
            if isLog(log) { return true }
            // `app.7` may be a log of that name: only what is compressed, or has its log beside it, is certain.
            return names(log) && (candidate.isCompressed || exists(candidate.log))
        }
        if isLeftover(name, belongs) { return true }
        return namings.contains { settings in
            ArchiveNaming.logs(ofArchive: name, settings: settings).contains(where: belongs)
        }
    }

    private func isLeftover(_ name: Path, _ belongs: (ArchiveNaming.Candidate) -> Bool) -> Bool {
        let renamesAside =
            settings.technique == .renamecopy || (settings.technique == .rename && settings.archiveDirectory != nil)
        guard renamesAside, name.hasSuffix(".tmp") else { return false }
        return belongs(ArchiveNaming.Candidate(log: Path(bytes: name.bytes.dropLast(4)), isCompressed: true))
    }

    /// The stanza's own way to call archives, and the defaults of both kinds.
    private var namings: [Settings] {
        var numbered = settings
        numbered.usesDate = false
        var dated = settings
        dated.usesDate = true
        dated.dateFormat = nil
        return settings.usesDate && settings.dateFormat != nil ? [settings, numbered, dated] : [numbered, dated]
    }
}

extension Stanza {
    /// What the names of all its archives begin with: a cheap look before the dear one. nil: that cannot be told.
    fileprivate var archivePrefixes: [Path]? {
        guard settings.keptExtension == nil, settings.addedExtension == nil else { return nil }
        let wildcards = Array("*?[\\".utf8)
        return patterns.map { Path(bytes: $0.text.name.bytes.prefix { !wildcards.contains($0) }) }
    }
}

/// Which logs archives belong to whose log is not there any more.
public enum GoneLogs {
    /// Logs of a stanza that are gone and have archives among these names.
    ///
    /// An archive belongs to the stanza that would govern its log: the first whose pattern fits, broken or not. Where
    /// archives of several directories share an `olddir`, a log of the same name that is there has them.
    ///
    /// - Parameters:
    ///   - directory: where the logs were.
    ///   - archives: the names where their archives are.
    ///   - logs: all logs that are there, of all stanzas.
    public static func find(
        _ stanzas: [Stanza], index: Int, directory: Path, archives: some Sequence<Path>, logs: Set<Path>,
        logNames: Set<Path>
    ) -> Set<Path> {
        let stanza = stanzas[index]
        var gone: Set<Path> = []
        let prefixes = stanza.archivePrefixes
        for name in archives where prefixes?.contains(where: { name.hasPrefix($0) }) ?? true {
            for candidate in ArchiveNaming.logs(ofArchive: name, settings: stanza.settings) {
                let log = directory.appending(candidate.log)
                guard stanza.names(log), !logs.contains(log), !logs.contains(directory.appending(name)),
                    stanza.settings.archiveDirectory == nil || !logNames.contains(candidate.log),
                    stanzas.firstIndex(where: { $0.names(log) }) == index
                else { continue }
                gone.insert(log)
            }
        }
        return gone
    }
}
