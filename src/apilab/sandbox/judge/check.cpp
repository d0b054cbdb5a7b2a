#include "apilab/sandbox/judge/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox {

namespace {

class FunctionCheck final : public Check {
public:
    FunctionCheck(Card card, Finding (*judge)(const Evidence&)) : card_(card), judge_(judge) {}
    [[nodiscard]] const Card& card() const override { return card_; }
    [[nodiscard]] Finding judge(const Evidence& evidence) const override {
        auto finding = judge_(evidence);
        if (internal::verdict_watch != nullptr) {
            internal::verdict_watch(card_.id, finding.verdict);
        }
        return finding;
    }

private:
    Card card_;
    Finding (*judge_)(const Evidence&);
};

Finding unknown(UnknownReason reason, std::string sentence) {
    Finding finding;
    finding.reason = reason;
    finding.sentence = std::move(sentence);
    return finding;
}

}  // namespace

std::string_view to_string(CheckKind kind) {
    switch (kind) {
        case CheckKind::pre:
            return "pre";
        case CheckKind::must:
            return "must";
        case CheckKind::never:
            return "never";
        case CheckKind::budget:
            return "budget";
        case CheckKind::should:
            return "should";
    }
    return "?";
}

std::string_view to_string(CheckLevel level) {
    switch (level) {
        case CheckLevel::normative:
            return "normative";
        case CheckLevel::recommended:
            return "recommended";
        case CheckLevel::advice:
            return "advice";
    }
    return "?";
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass:
            return "pass";
        case Verdict::fail:
            return "fail";
        case Verdict::unknown:
            return "unknown";
    }
    return "?";
}

std::string_view to_string(UnknownReason reason) {
    switch (reason) {
        case UnknownReason::none:
            return "";
        case UnknownReason::not_exercised:
            return "not exercised";
        case UnknownReason::inconclusive:
            return "inconclusive";
        case UnknownReason::not_applicable:
            return "not applicable";
    }
    return "?";
}

namespace {

void add_once(std::uint64_t seq, std::vector<std::uint64_t>& rows) {
    if (rows.size() < Finding::rows_max && std::ranges::find(rows, seq) == rows.end()) {
        rows.push_back(seq);
    }
}

}  // namespace

void Finding::prove(const Exchange& row) {
    add_once(row.seq, rows);
}

void Finding::prove(const Outbound& row) {
    add_once(row.seq, rows);
}

void Finding::prove(const ConnectionEvent& event) {
    add_once(event.seq, rows);
}

Finding Finding::pass(std::string sentence) {
    Finding finding;
    finding.verdict = Verdict::pass;
    finding.sentence = std::move(sentence);
    return finding;
}

Finding Finding::fail(std::string sentence) {
    Finding finding;
    finding.verdict = Verdict::fail;
    finding.sentence = std::move(sentence);
    return finding;
}

Finding Finding::not_exercised(std::string sentence) {
    return unknown(UnknownReason::not_exercised, std::move(sentence));
}

Finding Finding::inconclusive(std::string sentence) {
    return unknown(UnknownReason::inconclusive, std::move(sentence));
}

Finding Finding::not_applicable(std::string sentence) {
    return unknown(UnknownReason::not_applicable, std::move(sentence));
}

const std::vector<std::unique_ptr<Check>>& all_checks() {
    static const internal::CheckList list = [] {
        internal::CheckList made;
        internal::add_run_checks(made);
        internal::add_rate_limit_checks(made);
        internal::add_limit_reset_checks(made);
        internal::add_limit_checks(made);
        internal::add_pace_checks(made);
        internal::add_auth_checks(made);
        internal::add_consent_checks(made);
        internal::add_test_checks(made);
        internal::add_redirect_checks(made);
        internal::add_retry_checks(made);
        internal::add_timeout_checks(made);
        internal::add_load_checks(made);
        internal::add_backoff_checks(made);
        internal::add_herd_checks(made);
        internal::add_idempotency_checks(made);
        internal::add_session_checks(made);
        internal::add_connection_checks(made);
        internal::add_tls_checks(made);
        internal::add_secret_checks(made);
        internal::add_webhook_checks(made);
        internal::add_delivery_checks(made);
        internal::add_platform_checks(made);
        internal::add_log_checks(made);
        internal::add_metrics_checks(made);
        internal::add_service_checks(made);
        internal::add_part_checks(made);
        internal::add_document_checks(made);
        internal::add_corrupt_checks(made);
        internal::add_checklist_checks(made);
        internal::add_game_checks(made);
        internal::add_runbook_checks(made);
        internal::add_sync_checks(made);
        internal::add_page_checks(made);
        internal::add_cache_checks(made);
        return made;
    }();
    return list;
}

const Check* find_check(std::string_view id) {
    for (const auto& check : all_checks()) {
        if (check->card().id == id) {
            return check.get();
        }
    }
    return nullptr;
}

namespace internal {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one test program's own
VerdictWatch* verdict_watch = nullptr;

std::string_view fact(const Exchange& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string_view() : found->second;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

const FaultWhat* struck_by(const Evidence& evidence, const std::vector<FaultDecision::Hit>& hits,
                           bool (*fits)(const FaultWhat& what)) {
    for (const auto& hit : hits) {
        for (const auto& status : evidence.faults) {
            if (status.id == hit.id && fits(status.fault->what)) {
                return &status.fault->what;
            }
        }
    }
    return nullptr;
}

bool other_bucket(const Exchange& told, const Exchange& next) {
    const auto refused = told.facts.find("bucket");
    const auto counted = next.facts.find("buckets");
    if (refused == told.facts.end() || counted == next.facts.end()) {
        return false;
    }
    return !std::ranges::any_of(std::views::split(counted->second, ' '), [&](const auto& one) {
        return std::string_view(one.begin(), one.end()) == refused->second;
    });
}

std::unique_ptr<Check> make_check(Check::Card card, Finding (*judge)(const Evidence& evidence)) {
    return std::make_unique<FunctionCheck>(card, judge);
}

}  // namespace internal

}  // namespace apilab::sandbox
