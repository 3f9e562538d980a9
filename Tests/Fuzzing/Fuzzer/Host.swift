import Gzip

@testable import LinuxSystem

/// Text as /proc has it; who owns a process has a hand in names, and a container in its mounts.
func checkProc(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = DescriptorInfo(text)
    _ = MountTable(text)
    let file = FileIdentity(device: 0x1234, inode: 42)
    for line in text.split(separator: "\n") {
        _ = FileLocks.names(file, in: line)
        _ = FileMapping(line: line)
    }
    for line in bytes.split(separator: 0x0a) {
        _ = AccountEntry(line: line)
        _ = Path(bytes: line).withoutDeletionMark
    }
}

/// Damaged streams, and whole ones of the input itself.
func checkGzip(_ bytes: [UInt8]) {
    _ = try? read(bytes)
    var compressed: [UInt8] = []
    do {
        let compressor = try GzipCompressor(level: 1 + bytes.count % 9)
        try bytes.withUnsafeBytes { buffer in try compressor.append(buffer) { compressed.append(contentsOf: $0) } }
        try compressor.finish { compressed.append(contentsOf: $0) }
        require(try read(compressed) == bytes, "what was compressed is read as it was")
    } catch {
        require(false, "what was compressed can be read")
    }
}

private func read(_ compressed: [UInt8]) throws -> [UInt8] {
    var offset = 0
    let reader = try GzipReader { buffer in
        // In pieces whose sizes change.
        let count = min(buffer.count, compressed.count - offset, 1 + offset % 977)
        compressed[offset..<(offset + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
        offset += count
        return count
    }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    // A few bytes can stand for very many.
    while content.count < 4 << 20 {
        let count = try chunk.withUnsafeMutableBytes { try reader.read(into: $0) }
        if count == 0 { break }
        content.append(contentsOf: chunk[..<count])
    }
    return content
}
