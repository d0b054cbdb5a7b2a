#include "internal/report.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "apilab/base/duration.hpp"

namespace exercise::internal {
namespace {

namespace json = boost::json;
namespace sandbox = apilab::sandbox;
using apilab::format_duration;

std::string name_of(const Outcome& outcome) {
    std::string name(to_string(outcome.variant));
    return outcome.sin.empty() ? name : name + " --break=" + outcome.sin;
}

std::string attempts_text(const Outcome& outcome) {
    std::string text = fmt::format("{}\n", name_of(outcome));
    for (const auto& row : outcome.rows.value_or(std::vector<Row>())) {
        const auto number = row.number == 0 ? "-" : std::to_string(row.number);
        const auto at = format_duration(row.at - outcome.started);
        if (!row.from.empty() && row.method.empty()) {  // nothing that was asked
            text += fmt::format("  {:>3}  {:>9}  ({})\n", number, at, row.from);
            continue;
        }
        text += fmt::format("  {:>3}  {:>9}  {} {:<28} {}{}\n", number, at, row.method, row.path,
                            row.status != 0 ? std::to_string(row.status) : row.error,
                            row.from.empty() ? "" : fmt::format("  (from {})", row.from));
    }
    return text;
}

std::string table_text(const Program& program, const std::vector<Outcome>& outcomes) {
    std::size_t named = 20;
    for (const auto& outcome : outcomes) {
        named = std::max(named, name_of(outcome).size());
    }
    std::string head = fmt::format("  {:<{}}", "", named);
    std::string body;
    for (const auto& outcome : outcomes) {
        body += fmt::format("  {:<{}}", name_of(outcome), named);
        for (const auto& [name, value] : cells(program, outcome)) {
            const auto width = std::max<std::size_t>(name.size(), 8);
            head += &outcome == outcomes.data() ? fmt::format("  {:>{}}", name, width) : "";
            body += fmt::format("  {:>{}}", value, width);
        }
        body += fmt::format(" {:>9}  {}\n", format_duration(outcome.elapsed), outcome.verdict());
    }
    return fmt::format("{} {:>9}  {}\n{}", head, "took", "verdict", body);
}

std::string rows_text(const std::vector<std::uint64_t>& rows) {
    std::string text;
    for (std::size_t i = 0; i < rows.size() && i < 6; ++i) {
        text += fmt::format("{}{}", i == 0 ? "  rows " : ", ", rows[i]);
    }
    return rows.size() > 6 ? text + ", ..." : text;
}

// A check that decides only because the scenario says so.
std::string_view kind_text(const sandbox::CheckResult& check) {
    const bool by_kind =
        check.card.kind == sandbox::CheckKind::must || check.card.kind == sandbox::CheckKind::never;
    return check.decides && !by_kind ? "decides" : sandbox::to_string(check.card.kind);
}

std::string verdict_text(const Outcome& outcome) {
    if (!outcome.report) {
        return fmt::format(
            "verdict {}: unknown (the journal is elsewhere: ask that sandbox, "
            "apilab sandbox journal)\n",
            name_of(outcome));
    }
    std::string text = fmt::format("verdict {}: {}  {}\n", name_of(outcome), outcome.verdict(),
                                   outcome.report->sentence);
    // Where nothing at all was put to the test, that is what there is to read.
    const bool all = outcome.report->verdict == sandbox::Verdict::unknown;
    std::size_t idle = 0;
    for (const auto& check : outcome.report->checks) {
        const auto& finding = check.finding;
        if (finding.reason == sandbox::UnknownReason::not_applicable) {
            continue;
        }
        if (finding.reason == sandbox::UnknownReason::not_exercised && !all) {
            ++idle;
            continue;
        }
        text +=
            fmt::format("  {:<7} {:<6} {:<7} {}{}\n", sandbox::to_string(finding.verdict),
                        check.card.id, kind_text(check), finding.sentence,
                        finding.verdict == sandbox::Verdict::fail ? rows_text(finding.rows) : "");
    }
    if (idle > 0) {
        text +=
            fmt::format("  and {} that nothing here put to the test (--json has them all)\n", idle);
    }
    return text;
}

json::object outcome_json(const Outcome& outcome) {
    json::object object{{"variant", to_string(outcome.variant)},
                        {"break", outcome.sin},
                        {"seed", outcome.seed},
                        {"scenario", outcome.scenario},
                        {"status", outcome.verdict()}};
    object["numbers"] = {{"requests", outcome.sent.size()},
                         {"answered", outcome.answered},
                         {"refused", outcome.refused},
                         {"lost", outcome.lost},
                         {"peak_per_100ms", outcome.peak()},
                         {"took_ms", outcome.elapsed / std::chrono::milliseconds(1)},
                         {"waited_ms", outcome.waited / std::chrono::milliseconds(1)}};
    // As the sandbox saw it; what the program itself counted stands above.
    object["journal"] = {{"requests", outcome.report ? outcome.report->requests : 0},
                         {"operations", outcome.report ? outcome.report->operations : 0}};
    object["counted"] = json::value_from(outcome.numbers);
    json::array checks;
    if (outcome.report) {
        for (const auto& check : outcome.report->checks) {
            checks.push_back({{"id", check.card.id},
                              {"kind", sandbox::to_string(check.card.kind)},
                              {"decides", check.decides},
                              {"status", sandbox::to_string(check.finding.verdict)},
                              {"message", check.finding.sentence},
                              {"rows", json::value_from(check.finding.rows)}});
        }
    }
    object["checks"] = std::move(checks);
    return object;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cells(const Program& program,
                                                       const Outcome& outcome) {
    std::vector<std::pair<std::string, std::string>> row{
        {"requests", std::to_string(outcome.sent.size())}};
    for (const auto& name : program.numbers) {
        const auto found = outcome.numbers.find(name);
        row.emplace_back(name,
                         found == outcome.numbers.end() ? "-" : std::to_string(found->second));
    }
    if (program.numbers.empty()) {
        row.emplace_back("answered", std::to_string(outcome.answered));
        row.emplace_back("refused", std::to_string(outcome.refused));
        row.emplace_back("lost", std::to_string(outcome.lost));
        row.emplace_back("peak/100ms", std::to_string(outcome.peak()));
    }
    return row;
}

std::string to_text(const Program& program, const Flags& flags,
                    const std::vector<Outcome>& outcomes) {
    const Outcome& last = outcomes.back();
    // What goes wrong elsewhere, nobody has told us.
    const bool ours = flags.base_url.empty() || last.report;
    std::string text =
        fmt::format("{}: {}\nscenario {}, seed {}, {}\n\n", program.name, program.story,
                    ours ? last.scenario : "of whoever is there", last.seed,
                    flags.base_url.empty() && !program.real_time ? "virtual time" : "real time");
    if (flags.show_attempts) {
        for (const auto& outcome : outcomes) {
            text += attempts_text(outcome) + "\n";
        }
    }
    text += table_text(program, outcomes) + "\n";
    for (const auto& outcome : outcomes) {
        text += outcome.shown.empty() ? "" : name_of(outcome) + "\n" + outcome.shown + "\n";
    }
    for (const auto& outcome : outcomes) {
        text += verdict_text(outcome);
    }
    if (outcomes.size() == 1 && !program.sins.empty() && flags.variant == Variant::production &&
        flags.sin.empty()) {
        text += fmt::format("\nnext: ./lab learn {0} --compare, then {0} --break={1}, then {2}\n",
                            program.name, program.sins.front().name, program.next);
    }
    return text;
}

std::string to_json(const Program& program, const std::vector<Outcome>& outcomes) {
    json::array runs;
    for (const auto& outcome : outcomes) {
        runs.push_back(outcome_json(outcome));
    }
    return json::serialize(json::object{
               {"version", 1}, {"exercise", program.name}, {"runs", std::move(runs)}}) +
           "\n";
}

}  // namespace exercise::internal
