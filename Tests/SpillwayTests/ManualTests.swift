import Foundation
import RotationCore
import Testing

struct ManualTests {
    @Test(arguments: Directive.allCases)
    func everyDirectiveIsInTheManual(_ directive: Directive) throws {
        let repository = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let manual = try String(contentsOf: repository.appendingPathComponent("man/spillway.conf.5"), encoding: .utf8)
        #expect(manual.contains(directive.rawValue))
    }
}
