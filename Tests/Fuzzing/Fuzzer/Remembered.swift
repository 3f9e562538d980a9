import LinuxSystem
import RotationCore

/// What is read back is what was written, and reading anything and writing it again comes to rest.
func checkState(_ bytes: [UInt8]) {
    let (state, diagnostics) = RotationState.decode(bytes, file: "/state")
    for diagnostic in diagnostics { _ = diagnostic.message }
    let written = state.encoded()
    let (again, complaints) = RotationState.decode(written, file: "/state")
    require(again == state, "a state that was written is read as it was")
    require(complaints.isEmpty, "a state that was written is one")
}

func checkLedger(_ bytes: [UInt8]) {
    let ledger = Ledger.decode(bytes)
    let written = ledger.encoded()
    require(Ledger.decode(written).encoded() == written, "a ledger that was written is read as it was")
}

func checkHistory(_ bytes: [UInt8]) {
    for record in HistoryRecord.decode(bytes) {
        let line = Array(record.line.utf8)
        require(!line.contains(0x0a), "a record is one line")
        let again = HistoryRecord(line: line[...])
        require(again?.path == record.path && again?.kind == record.kind, "a record that was written is read as it was")
    }
    if let record = WatchRecord(decoding: bytes) { _ = record.encoded }
}

/// Slots with right checksums too: what is damaged by chance is nobody's claim.
func checkJournal(_ bytes: [UInt8]) {
    _ = JournalSlot.decode(bytes)
    _ = ReservedState.decode(bytes)
    _ = ReservedState.length(of: bytes)
    var slot = Array("SPILLWAY".utf8) + bytes.prefix(JournalSlot.sizeBytes - 12)
    slot += [UInt8](repeating: 0, count: JournalSlot.sizeBytes - 4 - slot.count)
    let sum = Checksum.crc32(slot)
    for shift in 0..<4 { slot.append(UInt8(truncatingIfNeeded: sum >> UInt32(8 * shift))) }
    if let decoded = JournalSlot.decode(slot) {
        for entry in decoded.entries { for run in entry.runs { _ = run.end } }
        if let written = decoded.encoded() {
            require(JournalSlot.decode(written) == decoded, "a slot that was written is read as it was")
        }
        require(JournalSlot.current(decoded, nil) == decoded, "the only whole slot holds")
    }
    guard bytes.count >= ReservedState.headerBytes - 8 else { return }
    let split = Int(bytes[0]) % bytes.count
    let state = ReservedState(sequence: 7, file: Path(bytes: bytes[..<split]), content: Array(bytes[split...]))
    require(ReservedState.decode(state.encoded()) == state, "a state that waits is read as it was")
}
