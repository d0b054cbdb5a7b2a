#include "apilab/sandbox/judge/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "apilab/base/duration.hpp"

namespace apilab::sandbox {
namespace {

constexpr std::size_t label_max = 60;

std::string shorten(std::string text) {
    if (text.size() > label_max) {
        text.resize(label_max - 3);
        text += "...";
    }
    return text;
}

std::string faults_of(const Exchange& row) {
    std::string text;
    for (const auto& hit : row.faults) {
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", hit.id, hit.kind);
    }
    return text;
}

Timeline::Look look_of(const Exchange& row) {
    switch (end_of(row)) {
        case AttemptEnd::pending:
            return Timeline::Look::pending;
        case AttemptEnd::success:
            return Timeline::Look::good;
        case AttemptEnd::transient:
        case AttemptEnd::permanent:
            return Timeline::Look::refused;
        case AttemptEnd::lost:
            return Timeline::Look::lost;
        case AttemptEnd::abandoned:
            return Timeline::Look::gone;
    }
    return Timeline::Look::good;
}

std::string answer_of(const Exchange& row) {
    switch (look_of(row)) {
        case Timeline::Look::pending:
            return "no answer yet";
        case Timeline::Look::lost:
            return row.bytes_out > 0 ? "cut short" : "no answer";
        case Timeline::Look::gone:
            return "the client went away";
        default:
            break;
    }
    return row.announced
               ? fmt::format("{}, asked to wait {}", row.status, format_duration(*row.announced))
               : std::to_string(row.status);
}

class Maker {
public:
    Maker(const Evidence& evidence, SteadyTime started) : evidence_(evidence), started_(started) {}

    [[nodiscard]] Duration at(SteadyTime time) const {
        return std::max<Duration>(time - started_, Duration::zero());
    }

    [[nodiscard]] Timeline::Attempt attempt(const Exchange& row) const {
        Timeline::Attempt one{.seq = row.seq,
                              .begin = at(row.first_byte),
                              .end = at(row.finished.value_or(evidence_.until)),
                              .look = look_of(row)};
        const auto faults = faults_of(row);
        one.title = fmt::format("row {}, {}: {} {} -> {}{}", row.seq, format_duration(one.begin),
                                row.method, shorten(row.path), answer_of(row),
                                faults.empty() ? "" : " by " + faults);
        if (const auto until = row.not_before(); until && row.answered()) {
            one.wait_until = at(*until);
        }
        return one;
    }

    [[nodiscard]] Timeline::Row row(const ObservedOperation& operation) const {
        const Exchange& first = operation.first();
        Timeline::Row made{
            .label = shorten(fmt::format("{} {} {}", first.provider, first.method, first.path))};
        for (const Exchange* attempt_row : operation.attempts) {
            if (made.attempts.size() == Timeline::attempts_max) {
                ++made.attempts_left_out;
            } else {
                made.attempts.push_back(attempt(*attempt_row));
            }
        }
        return made;
    }

    [[nodiscard]] Timeline::Row row(const Outbound& outbound) const {
        const bool good = outbound.status >= 200 && outbound.status < 400;
        Timeline::Attempt one{.seq = outbound.seq,
                              .begin = at(outbound.sent),
                              .end = at(outbound.finished.value_or(evidence_.until)),
                              .look = !outbound.finished     ? Timeline::Look::pending
                                      : outbound.status == 0 ? Timeline::Look::lost
                                      : good                 ? Timeline::Look::good
                                                             : Timeline::Look::refused};
        one.title = fmt::format(
            "row {}, {}: {} sends {} -> {}", outbound.seq, format_duration(one.begin),
            outbound.from, shorten(outbound.path),
            outbound.status != 0 ? std::to_string(outbound.status) : shorten(outbound.error));
        return {.label = shorten(fmt::format("from {}: {}", outbound.from, outbound.path)),
                .attempts = {std::move(one)}};
    }

private:
    const Evidence& evidence_;
    SteadyTime started_;
};

// A row of the picture before it is known whether there is room for it.
struct Candidate {
    const ObservedOperation* operation = nullptr;
    const Outbound* outbound = nullptr;
    SteadyTime begin;
    std::uint64_t seq = 0;
    bool matters = false;
};

std::vector<Candidate> candidates_of(const Evidence& evidence,
                                     const std::set<std::uint64_t>& cited) {
    std::vector<Candidate> all;
    for (const auto& operation : *evidence.operations) {
        const bool matters = std::ranges::any_of(operation.attempts, [&](const Exchange* row) {
            return cited.contains(row->seq) || !row->faults.empty();
        });
        all.push_back({.operation = &operation,
                       .begin = operation.first().first_byte,
                       .seq = operation.first().seq,
                       .matters = matters});
    }
    if (evidence.outbound != nullptr) {
        for (const Outbound& outbound : *evidence.outbound) {
            all.push_back({.outbound = &outbound,
                           .begin = outbound.sent,
                           .seq = outbound.seq,
                           .matters = cited.contains(outbound.seq)});
        }
    }
    return all;
}

void keep_what_fits(std::vector<Candidate>& all) {
    const auto order = [](const Candidate& one) { return std::tuple(one.begin, one.seq); };
    if (all.size() > Timeline::rows_max) {
        std::ranges::sort(all, {}, [&](const Candidate& one) {
            return std::tuple(!one.matters, one.begin, one.seq);
        });
        all.resize(Timeline::rows_max);
    }
    std::ranges::sort(all, {}, order);
}

void add_shades(const Evidence& evidence, const Maker& maker, Timeline& timeline) {
    std::map<std::string_view, std::pair<Duration, Duration>> hits;
    for (const Exchange& row : *evidence.rows) {
        for (const auto& hit : row.faults) {
            const auto from = maker.at(row.first_byte);
            const auto to = maker.at(row.finished.value_or(row.first_byte));
            const auto [known, fresh] = hits.try_emplace(hit.id, from, to);
            known->second.second = std::max(known->second.second, to);
        }
    }
    for (const FaultStatus& status : evidence.faults) {
        if (timeline.shades.size() == Timeline::shades_max) {
            return;
        }
        const Fault& fault = *status.fault;
        const auto title = fmt::format("{}: {} at {}, {} hit{}", status.id, fault.what.kind(),
                                       fault.where.text, status.hits, status.hits == 1 ? "" : "s");
        if (fault.when.kind == FaultWhen::Kind::window && fault.when.from < timeline.length) {
            timeline.shades.push_back({.from = fault.when.from,
                                       .to = std::min(fault.when.to, timeline.length),
                                       .title = title});
        } else if (const auto found = hits.find(status.id);
                   found != hits.end() && !fault.what.delay_only()) {
            timeline.shades.push_back(
                {.from = found->second.first, .to = found->second.second, .title = title});
        }
    }
}

void add_cited(const Evidence& evidence, const Maker& maker, const std::set<std::uint64_t>& cited,
               Timeline& timeline) {
    for (const Exchange& row : *evidence.rows) {
        if (cited.contains(row.seq) && timeline.cited.size() < Timeline::cited_max) {
            timeline.cited.push_back(
                {.seq = row.seq,
                 .at = maker.at(row.first_byte),
                 .asked = fmt::format("{} {} {}{}{}", row.provider, row.method, row.path,
                                      row.query.empty() ? "" : "?", row.query),
                 .answered = answer_of(row),
                 .faults = faults_of(row)});
        }
    }
    if (evidence.outbound == nullptr) {
        return;
    }
    for (const Outbound& row : *evidence.outbound) {
        if (cited.contains(row.seq) && timeline.cited.size() < Timeline::cited_max) {
            timeline.cited.push_back(
                {.seq = row.seq,
                 .at = maker.at(row.sent),
                 .asked = fmt::format("{} sends {} {}", row.from, row.method, row.path),
                 .answered = row.status != 0 ? std::to_string(row.status) : row.error,
                 .faults = {}});
        }
    }
    std::ranges::sort(timeline.cited, {}, &Timeline::Cited::seq);
}

}  // namespace

Timeline make_timeline(const Evidence& evidence, SteadyTime started,
                       const std::set<std::uint64_t>& cited) {
    const Maker maker(evidence, started);
    Timeline timeline;
    timeline.length = maker.at(evidence.until);
    auto all = candidates_of(evidence, cited);
    const auto before = all.size();
    keep_what_fits(all);
    timeline.rows_left_out = before - all.size();
    for (const Candidate& one : all) {
        timeline.rows.push_back(one.operation != nullptr ? maker.row(*one.operation)
                                                         : maker.row(*one.outbound));
        for (const auto& attempt : timeline.rows.back().attempts) {
            timeline.length = std::max(timeline.length, attempt.end);
        }
    }
    add_shades(evidence, maker, timeline);
    add_cited(evidence, maker, cited, timeline);
    return timeline;
}

}  // namespace apilab::sandbox
