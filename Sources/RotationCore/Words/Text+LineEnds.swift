extension String {
    /// Without line breaks and blanks at its end.
    package var trimmingLineEnds: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
