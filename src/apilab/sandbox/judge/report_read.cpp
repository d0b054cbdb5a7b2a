#include <fmt/format.h>

#include <array>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/judge/report.hpp"

namespace apilab::sandbox {

namespace {

std::unexpected<Error> no_report(std::string_view why) {
    return fail(ErrorKind::decode, fmt::format("not a report of a run: {}", why));
}

template <class Enum, std::size_t count>
Result<Enum> named(http::Json json, const std::array<Enum, count>& all) {
    for (const Enum one : all) {
        if (json.string() == to_string(one)) {
            return one;
        }
    }
    return no_report(fmt::format("'{}'", json.to_text()));
}

constexpr std::array verdicts{Verdict::pass, Verdict::fail, Verdict::unknown};
constexpr std::array reasons{UnknownReason::not_exercised, UnknownReason::inconclusive,
                             UnknownReason::not_applicable};

Result<CheckResult> read_check(http::Json json) {
    const Check* check = find_check(json["id"].string_or(""));
    if (check == nullptr) {
        return no_report(fmt::format("there is no check {}", json["id"].to_text()));
    }
    CheckResult result{.card = check->card(), .decides = json["decides"].boolean().value_or(false)};
    APILAB_TRY(result.finding.verdict, named(json["verdict"], verdicts));
    if (!json["reason"].is_null()) {
        APILAB_TRY(result.finding.reason, named(json["reason"], reasons));
    }
    result.finding.warning = json["warning"].boolean().value_or(false);
    result.finding.sentence = json["sentence"].string_or("");
    for (const auto row : json["rows"].elements()) {
        result.finding.rows.push_back(row.unsigned_integer().value_or(0));
    }
    return result;
}

}  // namespace

Result<RunReport> read_report(std::string_view json) {
    const auto document = http::JsonDocument::parse(json);
    if (!document) {
        return no_report(document.error().message());
    }
    const auto root = document->root();
    RunReport report;
    APILAB_TRY(report.verdict, named(root["verdict"], verdicts));
    report.sentence = root["sentence"].string_or("");
    const auto run = root["run"];
    report.run.id = run["id"].string_or("");
    report.run.scenario = run["scenario"].string_or("");
    report.run.description = run["description"].string_or("");
    report.run.seed = run["seed"].unsigned_integer().value_or(0);
    const auto counts = root["counts"];
    report.requests = counts["requests"].unsigned_integer().value_or(0);
    report.operations = counts["operations"].unsigned_integer().value_or(0);
    report.faulted = counts["faulted"].unsigned_integer().value_or(0);
    report.unsupported = counts["unsupported"].unsigned_integer().value_or(0);
    report.rows_dropped = counts["rows_dropped"].unsigned_integer().value_or(0);
    for (const auto check : root["checks"].elements()) {
        APILAB_TRY(auto result, read_check(check));
        report.checks.push_back(std::move(result));
    }
    return report;
}

}  // namespace apilab::sandbox
