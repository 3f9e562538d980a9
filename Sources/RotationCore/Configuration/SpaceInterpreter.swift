import LinuxSystem

/// What each directive of a `space` block means.
enum SpaceInterpreter {
    enum Directive: String, CaseIterable {
        case budget, minfree, minfreeinodes, live, evict, reclaimheld, purge
    }

    static func apply(_ directive: Directive, _ value: Path, to rule: inout SpaceRule) throws(DirectiveProblem) {
        let text = String(decoding: value.bytes, as: UTF8.self)
        guard directive == .reclaimheld || !text.isEmpty else {
            throw DirectiveProblem("\(directive.rawValue): its value is missing")
        }
        switch directive {
        case .budget: rule.budget = try amount(directive, text)
        case .minfree: rule.minimumFree = try amount(directive, text)
        case .minfreeinodes: rule.minimumFreeInodes = try amount(directive, text)
        case .live: rule.live = try liveLimits(text)
        case .evict:
            guard let eviction = Eviction(rawValue: text) else {
                throw DirectiveProblem("evict: '\(text)' is not understood; wanted: fair, oldest")
            }
            rule.eviction = eviction
        case .reclaimheld:
            guard text.isEmpty else { throw DirectiveProblem("reclaimheld takes no value, not '\(text)'") }
            rule.reclaimsHeld = true
        case .purge:
            rule.purges += value.bytes.split(whereSeparator: \.isSpace).map { Path(bytes: $0) }
        }
    }

    /// So few bytes without a unit were hardly meant as bytes.
    private static let suspiciousBytes: Int64 = 1 << 20

    /// What to say of a value that is allowed, and probably not meant.
    static func remark(on directive: Directive, _ value: Path) -> String? {
        switch directive {
        case .budget, .minfree, .live: break
        case .minfreeinodes, .evict, .reclaimheld, .purge: return nil
        }
        let words = "\(value)".split(separator: " ")
        guard let bare = words.first(where: { $0.allSatisfy(\.isNumber) }), let bytes = Quantities.size(String(bare)),
            bytes < suspiciousBytes
        else { return nil }
        return "\(directive.rawValue): \(bare) is read as \(bytes) bytes; in MiB it is \(bare)M"
    }

    private static func amount(_ directive: Directive, _ text: String) throws(DirectiveProblem) -> Amount {
        guard let amount = Quantities.amount(text) else {
            throw DirectiveProblem(
                "\(directive.rawValue): '\(text)' is not understood; wanted: a size such as 500M or a share such as 10%"
            )
        }
        if amount == .bytes(0) || amount == .percent(0) {
            throw DirectiveProblem("\(directive.rawValue): 0 is no limit; remove the line if there is to be none")
        }
        return amount
    }

    private static func liveLimits(_ text: String) throws(DirectiveProblem) -> LiveLimits {
        let sizes = text.split(separator: " ", omittingEmptySubsequences: true).map { Quantities.size(String($0)) }
        guard sizes.count == 2, let trigger = sizes[0], let target = sizes[1] else {
            throw DirectiveProblem("live: '\(text)' is not understood; wanted: TRIGGER TARGET, such as 36M 12M")
        }
        guard target < trigger else {
            throw DirectiveProblem("live: the target \(text.split(separator: " ")[1]) is not below the trigger")
        }
        return LiveLimits(triggerBytes: trigger, targetBytes: target)
    }
}
