#include "learn/run_file.hpp"

#include <fmt/format.h>

#include <set>

#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {
namespace {

constexpr std::string_view seal = "hmac-sha256 ";

constexpr std::string_view as_it_was =
    "what main() does, and what it hands to exercise::run, stays as the starter has it";

std::unexpected<Error> wrong(std::string what, std::string_view remedy = as_it_was) {
    return fail(
        Error(ErrorKind::invalid_argument, std::move(what)).with_remedy(std::string(remedy)));
}

// The line that the key vouches for.
Result<std::string_view> sealed_line(std::string_view file, const Secret& key) {
    const auto end = file.find('\n');
    if (file.empty() || end == std::string_view::npos) {
        return wrong("it handed over no run: does main() end with exercise::run?");
    }
    const auto line = file.substr(0, end);
    auto told = file.substr(end + 1);
    if (told.ends_with('\n')) {
        told.remove_suffix(1);
    }
    const auto expected = std::string(seal) + to_hex(hmac_sha256(key, line));
    if (!equal_in_constant_time(told, expected)) {
        return wrong("what it handed over was not written by its sandbox");
    }
    return line;
}

Result<void> look_at_checks(const http::Json& run, const RunAsked& asked) {
    std::set<std::string_view> found;
    for (const auto check : run["checks"].elements()) {
        found.insert(check["id"].string_or(""));
    }
    for (const auto& id : asked.checks) {
        if (!found.contains(id)) {
            return wrong(fmt::format("the check {} is not in its verdict", id));
        }
    }
    return {};
}

// Requests, or (days 13 and 14 are about processes and papers) a finding about something else.
bool anything_happened(const http::Json& run) {
    if (run.at_pointer("/journal/requests").unsigned_integer().value_or(0) > 0) {
        return true;
    }
    for (const auto check : run["checks"].elements()) {
        if (check["status"].string_or("unknown") != "unknown") {
            return true;
        }
    }
    return false;
}

Result<void> look_at(const http::Json& run, const RunAsked& asked, std::uint64_t seed) {
    if (const auto got = run["scenario"].string_or(""); got != asked.scenario) {
        return wrong(fmt::format("it ran the scenario '{}' instead of '{}'", got, asked.scenario));
    }
    if (const auto got = run["seed"].unsigned_integer(); got != seed) {
        return wrong(fmt::format("it ran seed {} instead of {}", got.value_or(0), seed));
    }
    if (run["variant"].string_or("") != "production" || !run["break"].string_or("-").empty()) {
        return wrong("it ran with --naive, --library or --break: what is judged is `production`");
    }
    if (!anything_happened(run)) {
        return wrong("its sandbox saw nothing", "does `production` send anything yet?");
    }
    return look_at_checks(run, asked);
}

}  // namespace

Result<std::string> accept_run(std::string_view file, const RunAsked& asked) {
    APILAB_TRY(const auto line, sealed_line(file, asked.key));
    APILAB_TRY(const auto document, http::JsonDocument::parse(line));
    const auto root = document.root();
    if (const auto got = root["exercise"].string_or(""); got != asked.exercise) {
        return wrong(fmt::format("it calls itself '{}' instead of '{}'", got, asked.exercise));
    }
    int runs = 0;
    for (const auto run : root["runs"].elements()) {
        APILAB_CHECK(look_at(run, asked, asked.seed + static_cast<std::uint64_t>(runs)));
        ++runs;
    }
    if (runs != asked.runs) {
        return wrong(fmt::format("it ran {} times instead of {}", runs, asked.runs));
    }
    return std::string(line);
}

}  // namespace apilab::cli
