// apilab doctor: what around apilab is not as it should be, and what to do about it.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "apilab/base/try.hpp"
#include "doctor/doctor.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct DoctorFlags {
    std::string url;
    bool online = false;
};

std::string_view word_of(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warn:
            return "warn";
        case Health::fail:
            break;
    }
    return "fail";
}

void print_json(const Findings& findings) {
    json::array all;
    for (const auto& finding : findings) {
        all.push_back({{"area", finding.area},
                       {"health", word_of(finding.health)},
                       {"what", finding.what},
                       {"remedy", finding.remedy}});
    }
    fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"findings", std::move(all)}}));
}

void print_text(const Findings& findings, const Globals& globals) {
    Table table({"area", "health", "what", "what to do"});
    std::size_t well = 0;
    for (const auto& finding : findings) {
        well += finding.health == Health::ok ? 1 : 0;
        if (!globals.quiet || finding.health != Health::ok) {
            table.add(
                {finding.area, std::string(word_of(finding.health)), finding.what, finding.remedy});
        }
    }
    if (!globals.quiet || well < findings.size()) {
        fmt::print("{}", table.to_string(globals.out()));
    }
    if (!globals.quiet) {
        fmt::print("\n{} of {} are well\n", well, findings.size());
    }
}

Result<ExitCode> examine(const DoctorFlags& flags, const Globals& globals) {
    std::optional<http::Url> url;
    if (!flags.url.empty()) {
        auto parsed = http::Url::parse(flags.url);
        if (!parsed) {
            return fail(std::move(parsed).error().in("--url"));
        }
        url = *std::move(parsed);
    }
    Findings findings;
    look_at_settings(findings);
    look_at_proxies(findings);
    look_at_certificates(findings);
    look_at_state(findings);
    look_at_traces(findings);
    look_at_tokens(findings);
    look_at_secrets(findings);
    look_at_terminal(findings, globals);
    look_at_versions(findings);
    if (url) {
        look_out(findings, *url);
    }
    if (flags.online) {
        look_at_addresses(findings);
    }
    if (globals.json) {
        print_json(findings);
    } else {
        print_text(findings, globals);
    }
    const bool well = std::ranges::all_of(
        findings, [](const Finding& finding) { return finding.health == Health::ok; });
    return well ? ExitCode::success : ExitCode::findings;
}

}  // namespace

void add_doctor(CLI::App& app, const Globals& globals, Action& action) {
    auto* command = app.add_subcommand(
        "doctor", "Files, folders, proxies, certificates, clock: is all as it should be?");
    command->footer(
        "Nothing is changed, and nothing is sent without --url or --online. Exit 6 where "
        "something\n"
        "is not well.\n\n"
        "Examples:\n  apilab doctor\n  apilab doctor --url https://api.example.com\n"
        "  apilab doctor --online --json");
    const auto flags = std::make_shared<DoctorFlags>();
    command->add_option("--url", flags->url,
                        "One HEAD without credentials, 5 s: answer, certificate, clock");
    command->add_flag("--online", flags->online,
                      "The same for the addresses that the environment and the files name");
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = examine(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
