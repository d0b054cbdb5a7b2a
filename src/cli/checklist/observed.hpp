#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "checklist/manifest.hpp"
#include "deploy/rules.hpp"

namespace apilab::cli::checklist {

/// A text file of the folder.
struct File {
    /// Relative to the folder (`Manifest::root`), with `/`.
    std::string path;
    std::string text;
};

/// A file on the service's volume at the end of one of its lives.
struct KeptFile {
    std::string path;
    /// Permission bits: 0600 is its owner's alone.
    unsigned mode = 0;
};

/// One start of the service within an episode.
struct Life {
    std::uint16_t port = 0;
    /// Since the episode began.
    Duration began{};
    /// From its start to its first 200 on the ready path; nothing: it did not get there.
    std::optional<Duration> ready;
    /// Of this secret of the manifest, `all` or empty: it was started without.
    std::string without;
    /// 128 and the signal that ended it. Nothing: it still ran and was killed by us at the end of
    /// our patience.
    std::optional<int> exit_code;
    /// Told by this signal; 0: it was not told.
    int signal = 0;
    /// From the signal to its end.
    std::optional<Duration> end_took;
    /// Killed without a word, on purpose.
    bool killed = false;
    /// The provider that was switched off in it (`Integration::off`).
    std::string off;
    /// Listened on every address, not on loopback alone.
    bool reachable = false;
    /// Files it left outside of its volume.
    std::vector<std::string> files;
    /// Files on its volume, at most 1,000.
    std::vector<KeptFile> volume;
    /// What it wrote to stdout and stderr, line by line; at most 20,000 lines.
    std::vector<std::string> log;
    /// Its arguments as /proc shows them to everybody.
    std::vector<std::string> arguments;
    /// Its environment's names.
    std::vector<std::string> variables;
};

/// What we asked of the service, and what it answered.
struct Probe {
    /// `GET /livez`, `github push`.
    std::string what;
    /// 0: no answer; then `body` says why.
    int status = 0;
    /// Of the answer, names in small letters.
    std::vector<std::pair<std::string, std::string>> headers;
    /// At most 64 KiB.
    std::string body;
    Duration took{};
    /// Since the episode began.
    Duration at{};
};

/// A stretch of the service's life against a sandbox of its own, with one kind of trouble.
struct Episode {
    /// `flaky`: the scenario is `checklist-flaky`. `live`: asked of a service that runs already.
    std::string id;
    /// Where journal, log and report were kept, for whoever wants to look: `.apilab/checklist/...`.
    std::string kept;
    /// Empty: it ran as planned. Else why not (the service did not start, ...).
    std::string trouble;
    /// What the sandbox's judge says: all checks, not only those of the scenario.
    std::vector<sandbox::CheckResult> checks;
    /// What rows count from.
    SteadyTime began;
    std::deque<sandbox::Exchange> rows;
    /// When the last step was over, by the journal's clock: what was ended later was ended with the
    /// service. 0: not told.
    SteadyTime over;
    std::deque<sandbox::Outbound> outbound;
    std::map<std::string, std::int64_t> numbers;
    std::vector<Life> lives;
    std::vector<Probe> probes;
    /// The last scrape of its metrics.
    std::string metrics;
    /// Where a secret of the manifest was seen: `GITHUB_TOKEN in its log`, `... in its arguments`,
    /// `... in its metrics`, `... in what it answers to GET /livez`. In those texts it is `***`.
    std::vector<std::string> leaks;
};

/// All that is known of an integration; what the rules look at, and nothing else.
struct Observed {
    Manifest manifest;
    /// Its text, for line numbers.
    std::string manifest_text;
    /// Files of the folder: at most 4,000 of at most 1 MiB, without `.git`, `build`,
    /// `node_modules`.
    std::vector<File> files;
    std::vector<deploy::Finding> deployment;
    /// By id. One that was not run is not there.
    std::map<std::string, Episode> episodes;
    /// Where `episode` writes what it was asked for; null: nowhere. For `episodes_of`.
    std::set<std::string, std::less<>>* asked = nullptr;

    /// Null where it was not run. Rules get at episodes by this, so that it is known which they
    /// need.
    [[nodiscard]] const Episode* episode(std::string_view id) const;
};

}  // namespace apilab::cli::checklist
