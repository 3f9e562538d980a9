/// Cases that spillway does not do as logrotate does and should. A case that passes again is told, and leaves the list.
extension ComparisonCase {
    /// Why this case fails; nil where it should not.
    var knownFailure: String? {
        ComparisonCase.knownFailures.first { $0.names.contains(name) }?.reason
    }

    static var namesOfKnownFailures: Set<String> { Set(knownFailures.flatMap(\.names)) }

    private static let knownFailures: [(reason: String, names: [String])] = []
}
