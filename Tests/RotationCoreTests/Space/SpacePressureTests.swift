import LinuxSystem
import RotationCore
import Testing

struct SpacePressureTests {
    private let live = [
        LiveLog(path: "/l/small", bytes: 1000), LiveLog(path: "/l/a", bytes: 1 << 20),
        LiveLog(path: "/l/b", bytes: 2 << 20),
    ]

    @Test func whatDestroysNothingIsDoneFirst() {
        let over = SpacePressure(isOverBudget: true, isBelowFloor: false, reclaimsHeld: true)
        #expect(over.measures(live: live) == [.removeLeftovers, .expire, .rotate([live[2], live[1]]), .evict])
        let full = SpacePressure(isOverBudget: false, isBelowFloor: true, missingRoomBytes: 4096, reclaimsHeld: true)
        #expect(
            full.measures(live: []) == [
                .evictForRoom(neededBytes: 4096), .removeLeftovers, .expire, .evict, .reclaimHeld,
            ])
        #expect(SpacePressure(isOverBudget: false, isBelowFloor: false).measures(live: live).isEmpty)
    }

    @Test func twoRemovalsInARowThatFreeNothingAreEnough() {
        var progress = RemovalProgress()
        func note(_ removed: Int64, _ after: Int64) {
            progress.note(removedBytes: removed, freeBytesBefore: 100, freeBytesAfter: after)
        }
        note(10, 100)
        note(10, 105)
        note(10, 100)
        #expect(!progress.isFutile)
        // An empty archive says nothing.
        note(0, 100)
        #expect(!progress.isFutile)
        note(10, 90)
        #expect(progress.isFutile)
    }
}
