#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/fault_set.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/judge/operations.hpp"

namespace apilab::sandbox {

enum class CheckKind : std::uint8_t {
    /// Was the run worth judging? Where not, its verdict is unknown.
    pre,
    /// What has to be true in the end. Decides.
    must,
    /// What may not happen once. Decides.
    never,
    /// How much it cost. Reported.
    budget,
    /// What a good client does besides. Reported.
    should,
};
/// Where a rule comes from: a normative MUST or security; a SHOULD or the provider's word; advice.
enum class CheckLevel : std::uint8_t { normative, recommended, advice };

enum class Verdict : std::uint8_t { pass, fail, unknown };
/// Why a verdict is unknown.
enum class UnknownReason : std::uint8_t { none, not_exercised, inconclusive, not_applicable };

[[nodiscard]] std::string_view to_string(CheckKind kind);
[[nodiscard]] std::string_view to_string(CheckLevel level);
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::string_view to_string(UnknownReason reason);

/// What a client is judged against.
struct JudgeOptions {
    /// So much too early is not early: clocks, and the way of the packets.
    Duration early_tolerance = std::chrono::milliseconds(50);
    /// After a refusal, requests that were already on their way are no offence.
    Duration drain = std::chrono::milliseconds(250);
    /// How long after a failure an equal request counts as its retry.
    Duration causal_window = std::chrono::seconds(120);
    /// More attempts of one operation than this are remarked on; more than `attempts_hard` fail.
    std::size_t attempts_max = 3;
    std::size_t attempts_hard = 10;
    /// Giving up is right where the server asks for a longer wait than this.
    Duration patience = std::chrono::seconds(60);
    /// What the client promised: no attempt so long after an operation's first. Nothing: it
    /// promised nothing.
    std::optional<Duration> deadline;
    /// `should` and `budget` decide, too.
    bool strict = false;
    /// Judged by these alone, and each decides; empty: what the scenario asks for.
    std::vector<std::string> checks = {};
    /// Failures that are known: these checks are judged and do not decide where they fail.
    std::vector<std::string> known_failures = {};
};

/// What the judge sees: the journal and the faults of one run, nothing of the client.
struct Evidence {
    const std::deque<Exchange>* rows = nullptr;
    const std::vector<ObservedOperation>* operations = nullptr;
    /// What the sandbox asked of the program (`Sandbox::call_out`).
    const std::deque<Outbound>* outbound = nullptr;
    /// What befell connections.
    const std::deque<ConnectionEvent>* events = nullptr;
    /// What the program handed in (`Sandbox::hand_in`), by name.
    const std::map<std::string, std::string>* handed_in = nullptr;
    /// Those of them that show a secret of the seed.
    std::vector<std::string> leaked_in;
    /// `Sandbox::numbers()`.
    std::map<std::string, std::int64_t> numbers;
    std::vector<FaultStatus> faults;
    JudgeOptions options;
    /// Set while the run is under way: what failed a moment ago may yet be tried again.
    std::optional<SteadyTime> running_at;
    /// How far the evidence goes: the end of the run, or now.
    SteadyTime until;
};

/// What one check found.
struct Finding {
    Verdict verdict = Verdict::unknown;
    UnknownReason reason = UnknownReason::none;
    /// Passed, but not as it should.
    bool warning = false;
    /// One sentence with the numbers.
    std::string sentence;
    /// Sequence numbers of the rows that prove it; at most `rows_max`.
    std::vector<std::uint64_t> rows;
    static constexpr std::size_t rows_max = 20;

    void prove(const Exchange& row);
    void prove(const Outbound& row);
    void prove(const ConnectionEvent& event);

    [[nodiscard]] static Finding pass(std::string sentence);
    [[nodiscard]] static Finding fail(std::string sentence);
    [[nodiscard]] static Finding not_exercised(std::string sentence);
    [[nodiscard]] static Finding inconclusive(std::string sentence);
    [[nodiscard]] static Finding not_applicable(std::string sentence);
};

/// One rule that can be decided from the wire alone. Stateless; each comes with a client that
/// passes, one that fails and one that does nothing (checks_test.cpp).
class Check {
public:
    /// Fixed text about a rule.
    struct Card {
        /// `RL-01`: also what `apilab explain` knows.
        std::string_view id;
        CheckKind kind = CheckKind::must;
        CheckLevel level = CheckLevel::recommended;
        /// What a client does that passes: "waits at least as long as Retry-After says".
        std::string_view title;
        /// `RFC 9110 section 10.2.3`.
        std::string_view source;
    };
    Check() = default;
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;
    virtual ~Check() = default;

    [[nodiscard]] virtual const Card& card() const = 0;
    [[nodiscard]] virtual Finding judge(const Evidence& evidence) const = 0;
};

/// Every check there is, in the order of reports.
[[nodiscard]] const std::vector<std::unique_ptr<Check>>& all_checks();
/// Null where there is none of that id.
[[nodiscard]] const Check* find_check(std::string_view id);

}  // namespace apilab::sandbox
