import LinuxSystem

/// What archives are called.
extension Rotation {
    /// The name of an archive without the extension of its compression.
    struct Name {
        var plain: Path
        var sequence: Int
    }

    /// The number a new archive gets, or the date and, if that is taken, a sequence number.
    func newName(_ numbering: inout Numbering, behind newer: Name? = nil) -> Name {
        guard settings.usesDate else {
            return Name(plain: inventory.naming.name(number: numbering.next(atLeast: 0)), sequence: 0)
        }
        let (date, stamp) = dateText()
        let free = inventory.freeSequence(for: stamp)
        // What was left behind is older than what is rotated now, and sorts so.
        let sequence = newer == nil ? free + leftoverCount : free
        return Name(plain: inventory.naming.name(date: date, sequence: sequence), sequence: sequence)
    }

    private func dateText() -> (Path, DateStamp) {
        let format = settings.archiveDateFormat
        let text = settings.archiveDate(at: planner.due.now, in: planner.zone)
        return (text, format.match(text.bytes[...])?.stamp ?? DateStamp(fields: []))
    }

    /// Moves numbered archives up where their number is needed, the oldest first; a gap ends it. Returns the names they
    /// have then, by those they have now.
    func shift(_ plan: inout LogPlan, _ numbering: inout Numbering) -> [Path: Path] {
        var moves: [(from: Path, to: Path)] = []
        for archive in inventory.archives {
            guard case .number(let number) = archive.parsed.key else { break }
            // What goes at the end gets a number too, so that nothing is moved onto it before.
            let target = numbering.next(atLeast: number)
            guard target != number else { continue }
            let name = inventory.naming.name(number: target, compressionSuffix: archive.parsed.compressionSuffix)
            moves.append((archive.name, name))
        }
        for (from, to) in moves.reversed() {
            plan.prepare.append(
                step(.shift(path(from), to: path(to)), .numbering, identity: inventory.identity(of: from)))
        }
        return Dictionary(moves.map { ($0.from, $0.to) }, uniquingKeysWith: { first, _ in first })
    }
}
