#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/cvss.hpp"
#include "apilab/radar/semver.hpp"

namespace apilab::radar {

/// One event of a range: from this version on (or after it) something changes.
struct OsvEvent {
    enum class Kind : std::uint8_t { introduced, fixed, last_affected, limit };
    Kind kind = Kind::introduced;
    /// As the record has it; `0` is before everything, `*` (limit) after everything.
    std::string version;
    /// `version` read as SemVer, forgivingly (`1.0` is 1.0.0); nothing where that fails.
    std::optional<SemVer> semver;
};

struct OsvRange {
    enum class Type : std::uint8_t { semver, ecosystem, git, other };
    Type type = Type::semver;
    std::vector<OsvEvent> events;
};

struct OsvSeverity {
    /// `CVSS_V3`, `CVSS_V4`, ...
    std::string type;
    /// A vector, for the CVSS types.
    std::string score;
};

struct OsvAffected {
    std::string ecosystem;
    std::string package;
    std::vector<OsvRange> ranges;
    std::vector<std::string> versions;
    std::vector<OsvSeverity> severities;
};

/// A vulnerability in the Open Source Vulnerability format (ossf.github.io/osv-schema, 1.2 to 1.7),
/// without its prose and links.
struct OsvRecord {
    std::string id;
    SystemTime modified;
    std::optional<SystemTime> published;
    std::optional<SystemTime> withdrawn;
    std::vector<std::string> aliases;
    std::string summary;
    std::vector<OsvSeverity> severities;
    /// The database's own word, for records without a score we can compute.
    std::optional<Severity> word;
    std::vector<OsvAffected> affected;

    /// The database calls it malware (GitHub's advisories of type `malware`).
    bool malware = false;

    /// Reports a package that is malware, not one with a flaw: `malware`, or the id or an alias
    /// starts with `MAL-`.
    [[nodiscard]] bool malicious() const;
};

/// Reads one record. Only `id` and `modified` are required; any other member may be missing, null
/// or of an unknown type, and is then left empty. Size is bounded by the document's.
/// Errors (`decode`): no object, no id (1 to 256 printable characters), no RFC 3339 `modified`;
/// `detail` is the JSON pointer.
[[nodiscard]] Result<OsvRecord> parse_osv(http::Json value);

/// Is this version of an npm package affected? The schema's evaluation rules: named in `versions`,
/// or inside a range of type SEMVER or ECOSYSTEM, in any `affected` entry of exactly this package
/// (names are case-sensitive). Order is plain SemVer precedence: `2.0.0-rc.1` is below `2.0.0`.
/// GIT ranges say nothing about versions and are passed over. A bound that cannot be read counts
/// against us: an unreadable `introduced` is the beginning, other unreadable events are passed
/// over. A withdrawn record affects nothing.
[[nodiscard]] bool affects(const OsvRecord& record, std::string_view package,
                           const SemVer& version);

/// Does the record name this npm package at all?
[[nodiscard]] bool mentions(const OsvRecord& record, std::string_view package);

/// Versions the record says the package was fixed in, ascending, distinct.
[[nodiscard]] std::vector<SemVer> fixed_versions(const OsvRecord& record, std::string_view package);

/// How severe a record is, and in what words to say so.
struct OsvScore {
    CvssScore score;
    /// The level for `--fail-on`; low where nothing is known.
    Severity level = Severity::low;
    /// `CVSS 9.8`, or what stands in for it: `severity high, taken as CVSS 8.0`.
    std::string words;
};

/// The package's own severity where the record has one, else the record's: version 3 before
/// version 2. Where neither can be computed (version 4 alone, malformed, absent) the database's
/// word stands for the middle of its band; without a word the score is 0 and the level low.
[[nodiscard]] OsvScore score_of(const OsvRecord& record, std::string_view package);

/// Records that are the same vulnerability under several names: indices into `records`, grouped by
/// shared ids and aliases, transitively. Groups and members keep the order of `records`.
[[nodiscard]] std::vector<std::vector<std::size_t>> group_by_alias(
    std::span<const OsvRecord> records);

/// `1.2.3` read as forgivingly as makes sense for a bound: a leading v, missing parts, loose
/// prereleases. Nothing for what has no leading number.
[[nodiscard]] std::optional<SemVer> coerce_version(std::string_view text);

}  // namespace apilab::radar
