#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "checklist/manifest.hpp"
#include "deploy/rules.hpp"

namespace apilab::cli::checklist {

/// A text file of the folder.
struct File {
    /// Relative to the folder, with `/`.
    std::string path;
    std::string text;
};

/// One start of the service within an episode.
struct Life {
    std::uint16_t port = 0;
    /// From its start to its first 200 on the ready path; nothing: it did not get there.
    std::optional<Duration> ready;
    /// Nothing: it still ran and was killed by us at the end of our patience.
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
    /// What it wrote to stdout and stderr, line by line; at most 20,000 lines.
    std::vector<std::string> log;
    /// Its arguments and its environment's names as /proc shows them.
    std::vector<std::string> arguments;
};

/// What we asked of the service, and what it answered.
struct Probe {
    /// `GET /livez`, `github push`.
    std::string what;
    int status = 0;
    std::string body;
    Duration took{};
    /// Since the episode began.
    Duration at{};
};

/// A stretch of the service's life against a sandbox of its own, with one kind of trouble.
struct Episode {
    /// `flaky`: the scenario is `checklist-flaky`.
    std::string id;
    /// Where journal, log and report were kept, for whoever wants to look: `.apilab/checklist/...`.
    std::string kept;
    /// Empty: it ran as planned. Else why not (the service did not start, ...).
    std::string trouble;
    /// What the sandbox's judge says: all checks, not only those of the scenario.
    std::vector<sandbox::CheckResult> checks;
    std::deque<sandbox::Exchange> rows;
    std::deque<sandbox::Outbound> outbound;
    std::map<std::string, std::int64_t> numbers;
    std::vector<Life> lives;
    std::vector<Probe> probes;
    /// The last scrape of its metrics.
    std::string metrics;
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

    [[nodiscard]] const Episode* episode(std::string_view id) const;
};

}  // namespace apilab::cli::checklist
