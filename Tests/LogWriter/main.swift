import Glibc

// Imitates the programs that write and read logs, each in its way, and accounts for every line they wrote.
//
//   LogWriter MODE --file LOG --id ID --done FILE [--rate LINES] [--count LINES] [--megabytes N] [--late MS] [--batch LINES] [--ceiling MB]
//           [--pause FILE]
//       writes numbered lines until SIGTERM; FILE holds their number (8 bytes). MODE: append offset offsetend start tapdisk
//       reopen second ignore die exit pwrite osync buffered writev socket. `%p` in LOG is its process. --late answers a HUP so much later.
//       Without a rate it writes what it can. While the log holds more than the ceiling, it is slow: a fifth of its rate.
//   LogWriter follow --file LOG --output FILE
//       reads on as a log shipper does, until SIGTERM
//   LogWriter grab --done FILE PATH...
//       opens the files in a tight loop, and keeps what has lost its name
//   LogWriter flood ...
//       writes so many megabytes a second, see `Flood`; `LogWriter floodcount` accounts for its lines
//   LogWriter count [--expect ID=NUMBER|ID=@FILE]... FILE... [live:LOG]...
//       accounts for the lines of archives and live logs

let arguments = Arguments(CommandLine.arguments.dropFirst())
switch arguments.words.first {
case nil: fail("a mode is missing")
case "count": Count.run(arguments)
case "flood":
    var flood = Flood(arguments)
    flood.run()
case "floodcount": FloodCount.run()
case "grab": Grabber.run(arguments)
case "follow":
    var follower = Follower(arguments)
    follower.run()
case .some(let mode): Writer(mode: mode, arguments).run()
}
