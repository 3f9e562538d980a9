/// A figure with its explanation, as Prometheus's text format has it.
struct MetricFamily {
    enum Kind: String {
        case gauge, counter
    }

    let name: String
    let help: String
    let kind: Kind
    let samples: [MetricSample]

    init(_ name: String, _ help: String, samples: [MetricSample], kind: Kind = .gauge) {
        self.name = name
        self.help = help
        self.samples = samples
        self.kind = kind
    }

    /// A figure without labels.
    init(_ name: String, _ help: String, _ value: Int64, kind: Kind = .gauge) {
        self.init(name, help, samples: [MetricSample(number: "\(value)")], kind: kind)
    }

    /// Its lines; none where there is nothing to say.
    var text: String {
        guard !samples.isEmpty else { return "" }
        let lines = samples.map { "\(name)\($0.labels) \($0.number)\n" }
        return "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n" + lines.joined()
    }
}

/// One value of a figure.
struct MetricSample {
    /// With its braces; empty where it has none.
    let labels: String
    let number: String

    init(label: (name: String, value: String)? = nil, number: String) {
        labels = label.map { "{\($0.name)=\(Self.quoted($0.value))}" } ?? ""
        self.number = number
    }

    init(label: (name: String, value: String), _ value: Int64) {
        self.init(label: label, number: "\(value)")
    }

    private static func quoted(_ value: String) -> String {
        // Nearly no path needs more, and there may be tens of thousands.
        let isPlain = !value.utf8.contains {
            $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
        }
        if isPlain { return "\"" + value + "\"" }
        let text = value.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }
        return "\"" + text.joined() + "\""
    }
}
