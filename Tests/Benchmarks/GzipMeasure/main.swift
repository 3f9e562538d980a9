import Glibc
import Gzip
import LinuxChanges
import LinuxSystem

// GzipMeasure FILE [LEVEL [WORKERS [TIMES]]] >ARCHIVE: compresses a file, as if it followed itself TIMES times, as
// ContentCopy does it, and says to standard error how many KiB of memory the process had at most. WORKERS 0 is the
// caller's thread alone; without it there are as many as processors. For benchmarks and tests; it is not installed.

func number(_ position: Int, default value: Int) -> Int {
    CommandLine.arguments.count > position ? Int(CommandLine.arguments[position]) ?? value : value
}

func peakKibibytes() throws -> Int {
    let status = try Descriptor.open("/proc/self/status").readAll(limitBytes: 1 << 20)
    let line = status.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: Array("VmHWM:".utf8)) }
    let digits = line?.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? []
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}

func put(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard count > 0 else { exit(1) }
        rest = rest.dropFirst(count)
    }
}

let count = number(3, default: Priorities.processorCount)
let workers = count > 0 ? GzipWorkers(count: count) { Priorities.lowerThread(nice: 10, ioClass: .idle) } : nil
let compressor = try GzipCompressor(level: number(2, default: GzipCompressor.defaultLevel), workers: workers)
let file = try Descriptor.open(Path(CommandLine.arguments.dropFirst().first ?? "/dev/stdin"))
for _ in 0..<number(4, default: 1) {
    var offset: Int64 = 0
    while true {
        let taken = try compressor.append(upTo: 1 << 20, to: put) { try file.read(into: $0, at: offset) }
        if taken == 0 { break }
        offset += Int64(taken)
    }
}
try compressor.finish(to: put)
let message = Array("\(try peakKibibytes())\n".utf8)
write(2, message, message.count)
