import LinuxSystem
import RotationCore
import Testing

/// Which deleted files may be freed under their holders.
struct HeldDecisionTests {
    private func holder(
        _ access: Holder.Access = .writing, appends: Bool = true, position: Int64 = 0, descriptor: Int32? = 3
    ) -> Holder {
        Holder(
            process: 2345, startTicks: 1, command: "tapdisk", descriptor: descriptor, access: access, appends: appends,
            position: position)
    }

    private func decide(
        _ holders: [Holder], isUnnamed: Bool = false, saves: Bool = false, insists: Bool = false
    ) -> HeldDecision {
        .decide(holders: holders, sizeBytes: 1000, isUnnamed: isUnnamed, saves: saves, insists: insists)
    }

    @Test func onlyWhatEverybodyOnlyWritesToIsFreed() {
        let writer = holder()
        let reader = holder(.reading)
        let both = holder(.readingAndWriting)
        let mapped = holder(.reading, descriptor: nil)
        #expect(decide([writer, holder(appends: false)]) == .free(upTo: 1000))
        #expect(decide([writer, reader]) == .refused(.reader(reader)))
        #expect(decide([writer, reader, both]) == .refused(.readsAndWrites(both)))
        #expect(decide([both, mapped]) == .refused(.mapped(mapped)))
        #expect(decide([writer], isUnnamed: true) == .refused(.unnamed))
        for holders in [[reader], [both], [mapped], [holder(appends: false)]] {
            #expect(decide(holders, isUnnamed: true, saves: true, insists: true) == .free(upTo: 1000))
        }
    }

    /// What lies behind a position that is written at can change while it is saved.
    @Test func whatIsSavedEndsWhereAWriterIs() {
        let behind = holder(appends: false, position: 400)
        let beginning = holder(appends: false, position: 0)
        #expect(decide([behind, holder()], saves: true) == .free(upTo: 400))
        #expect(decide([holder(appends: false, position: 2000)], saves: true) == .free(upTo: 1000))
        #expect(decide([holder(), beginning], saves: true) == .refused(.ownOffsets(beginning)))
        #expect(decide([holder(), beginning]) == .free(upTo: 1000), "nothing is saved that could differ")
    }
}
