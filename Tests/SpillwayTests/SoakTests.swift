import Foundation
import Testing

/// Everything at once, for a long time: see Tests/Soak/run.
@Suite(
    .enabled(if: SoakRun.minutes != nil, "by hand and in CI: Tests/Soak/run"),
    .enabled(if: FileSystem.ext4.missing == nil, "missing here: \(FileSystem.ext4.missing ?? "")"))
struct SoakTests {
    private static let seed =
        ProcessInfo.processInfo.environment["SPILLWAY_SOAK_SEED"].flatMap { UInt64($0) }
        ?? UInt64(Date().timeIntervalSince1970)

    @Test func everyLineIsAccountedForAtBothEnds() throws {
        print("seed \(Self.seed)")
        let run = try SoakRun(seed: Self.seed)
        try run.start()
        try run.soak(seconds: (SoakRun.minutes ?? 5) * 60)
        let accounts = try run.end()
        for (sentence, count) in run.words { print("said \(count) times: \(sentence)") }
        print(run.done.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
        print("least room: \(run.leastFree / 1024) KiB")
        var evicted = 0
        for account in accounts {
            print("\(account.log.name): \(account.history)")
            #expect(account.history["lines"] > 1000)
            for figure in ["lost", "doubled", "broken", "nuls", "unsent"] {
                #expect(account.history[figure] == 0, "\(account.log.name): \(account.history.firstBroken)")
            }
            evicted += account.history["evicted"]
            guard let got = account.follower else { continue }
            print("\(account.log.name), what \(account.log.follower ?? "") got: \(got)")
            for figure in ["lost", "doubled", "broken", "nuls"] {
                #expect(got[figure] == 0, "\(account.log.follower ?? ""): \(got.firstBroken)")
            }
        }
        #expect(run.held.isEmpty, "\(run.held.sorted())")
        let leftOver = try run.leftOver()
        #expect(leftOver.isEmpty, "\(leftOver)")
        // It was what it was meant to be.
        for what in ["run killed", "run of the watch killed", "watch killed", "disk filled"]
        where (SoakRun.minutes ?? 5) >= 4 {
            #expect((run.done[what] ?? 0) > 0, "\(what)")
        }
        expectFlat(run.samples)
        print("evicted: \(evicted) lines")
    }

    /// No growth from the first third of the samples to the last.
    private func expectFlat(_ samples: [(memoryKiB: Int, descriptors: Int)]) {
        guard samples.count >= 30 else { return }
        let third = samples.count / 3
        let (begin, end) = (samples.prefix(third), samples.suffix(third))
        func middle(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }
        let memory = (middle(begin.map(\.memoryKiB)), middle(end.map(\.memoryKiB)))
        let descriptors = (middle(begin.map(\.descriptors)), middle(end.map(\.descriptors)))
        print("watch: \(memory.0) KiB, then \(memory.1); \(descriptors.0) descriptors, then \(descriptors.1)")
        #expect(memory.1 <= memory.0 + 512)
        #expect(descriptors.1 <= descriptors.0)
    }
}
