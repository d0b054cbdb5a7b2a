#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/radar/github_facts.hpp"
#include "apilab/radar/osv.hpp"
#include "apilab/radar/packument.hpp"

// What the sources said, as values: gathered by one part, judged by another (`decide`).
namespace apilab::radar {

/// How a source answered for one package.
enum class Answer : std::uint8_t {
    /// Nobody asked, and there was no need to.
    not_asked,
    /// It answered.
    known,
    /// It said that it does not know the package (404).
    unknown,
    /// It was asked and did not answer, or with garbage.
    failed,
};

/// Everything known about one package.
struct PackageFacts {
    Answer registry = Answer::not_asked;
    /// Present exactly where `registry` is known.
    std::optional<Packument> packument;

    Answer osv = Answer::not_asked;
    /// All records OSV has for the package, not only those that hit an installed version: a
    /// candidate must carry none either. Records that name other packages only are ignored.
    std::vector<OsvRecord> osv_records;
    /// False where only the records that hit installed versions were asked for.
    bool osv_complete = true;

    Answer github_advisories = Answer::not_asked;
    std::vector<OsvRecord> github_records;
    Answer github_releases = Answer::not_asked;
    std::vector<GithubRelease> releases;
    /// Every page of the releases was read: a missing tag means something.
    bool releases_complete = false;
    /// The repository is archived: nobody will fix anything.
    bool archived = false;
    /// What the repository that npm names is called now, where it was renamed (`owner/name`).
    std::string repository_now;
};

enum class SourceStatus : std::uint8_t { ok, stale, failed };
[[nodiscard]] std::string_view to_string(SourceStatus status);

/// Why a source failed, as far as the exit code tells (cli.md: 7, 8, 9).
enum class SourceFailure : std::uint8_t { none, unreachable, deadline, gave_up };
/// The class of an error of a call: a rate limit (also one that lasts past the deadline), an empty
/// budget or an open breaker is `gave_up`; a deadline is `deadline`; everything else is
/// `unreachable`.
[[nodiscard]] SourceFailure failure_of(const Error& error);

struct SourceReport {
    /// `npm`, `osv`, `github`.
    std::string name;
    SourceStatus status = SourceStatus::ok;
    /// The age of the oldest answer used.
    std::optional<SystemTime> as_of;
    /// One line, where the status is not ok.
    std::optional<std::string> error;
    SourceFailure failure = SourceFailure::none;
};

/// Waits by cause in milliseconds (`backoff`, `retry_after`, ...), in a fixed order.
using WaitsMs = std::vector<std::pair<std::string, std::int64_t>>;

/// What the calls to one source, or to all, cost.
struct CallStory {
    std::string name;
    std::uint64_t operations = 0;
    std::uint64_t attempts = 0;
    std::uint64_t not_modified = 0;
    std::uint64_t bytes = 0;
    std::int64_t time_ms = 0;
    WaitsMs wait_ms;
};

struct RadarFacts {
    std::unordered_map<std::string, PackageFacts> packages;
    std::vector<SourceReport> sources;
    /// One entry per source; the report adds them up.
    std::vector<CallStory> calls;
    /// The sources were the sandbox.
    bool simulated = false;
};

}  // namespace apilab::radar
