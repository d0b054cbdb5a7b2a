// apilab deploy check DIR: what is wrong with how a program is deployed, before a platform tells.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "command.hpp"
#include "deploy/rules.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;
using deploy::Finding;
using deploy::Severity;

struct CheckFlags {
    std::string folder = ".";
    std::string fail_on = "moderate";
    std::string grace;
    bool rules = false;
};

std::string painted(const Terminal& terminal, Severity severity) {
    const auto word = fmt::format("{:<8}", to_string(severity));
    switch (severity) {
        case Severity::critical:
        case Severity::high:
            return terminal.red(word);
        case Severity::moderate:
            return terminal.yellow(word);
        case Severity::low:
            break;
    }
    return terminal.dim(word);
}

json::object to_json(const deploy::RuleCard& rule) {
    return {{"rule", rule.id},
            {"severity", to_string(rule.severity)},
            {"title", rule.title},
            {"right", rule.right},
            {"source", rule.source}};
}

void print_rules(const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& rule : deploy::rule_cards()) {
            all.push_back(to_json(rule));
        }
        fmt::print("{}\n",
                   json::serialize(json::object{{"version", 1}, {"rules", std::move(all)}}));
        return;
    }
    Table table({"RULE", "SEVERITY", "WHAT IS WRONG", "WHAT IS RIGHT"});
    for (const auto& rule : deploy::rule_cards()) {
        table.add({std::string(rule.id), std::string(to_string(rule.severity)),
                   std::string(rule.title), std::string(rule.right)});
    }
    fmt::print("{}", table.to_string(globals.out()));
}

void print_json(const std::vector<Finding>& findings, const deploy::Project& project) {
    json::array all;
    for (const auto& finding : findings) {
        auto one = to_json(*finding.rule);
        one["file"] = finding.file;
        one["line"] = finding.line;
        one["what"] = finding.what;
        all.push_back(std::move(one));
    }
    json::array files;
    for (const auto& [file, text] : project.texts) {
        files.emplace_back(file);
    }
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"version", 1}, {"files", std::move(files)}, {"findings", std::move(all)}}));
}

void print_text(const std::vector<Finding>& findings, const deploy::Project& project,
                const Globals& globals) {
    const auto terminal = globals.out();
    for (const auto& [rule, file, line, what] : findings) {
        fmt::print("{}:{}  {}  {}  {}\n", file, line, painted(terminal, rule->severity), rule->id,
                   rule->title);
        fmt::print("    {}\n    {} {}\n", what, terminal.green("right:"), rule->right);
        if (globals.verbosity > 0) {
            fmt::print("    {}\n", terminal.dim(rule->source));
        }
    }
    if (!globals.quiet) {
        fmt::print(stderr, "{} findings in {} files\n", findings.size(), project.texts.size());
    }
}

Result<ExitCode> check(const CheckFlags& flags, const Globals& globals) {
    if (flags.rules) {
        print_rules(globals);
        return ExitCode::success;
    }
    const auto level = deploy::severity_of(flags.fail_on);
    if (!level && flags.fail_on != "never") {
        return fail(ErrorKind::invalid_argument,
                    "--fail-on: expected low, moderate, high, critical or never");
    }
    deploy::CheckOptions options;
    if (!flags.grace.empty()) {
        auto grace = parse_duration(flags.grace);
        if (!grace) {
            return fail(std::move(grace).error().in("--grace"));
        }
        options.grace = *grace;
    }
    APILAB_TRY(const auto project, deploy::read_project(flags.folder));
    if (project.empty() && project.unreadable.empty()) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{} has no Dockerfile, fly.toml, railway.json, railway.toml "
                                      "or *.service, and neither has its deploy/",
                                      flags.folder))
                        .with_remedy("name the folder that holds them"));
    }
    const auto findings = deploy::check_project(project, options);
    if (globals.json) {
        print_json(findings, project);
    } else {
        print_text(findings, project, globals);
    }
    const bool bad = level && std::ranges::any_of(findings, [&](const Finding& finding) {
                         return finding.rule->severity >= *level;
                     });
    return bad ? ExitCode::findings : ExitCode::success;
}

}  // namespace

void add_deploy(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("deploy", "How a program gets onto a platform");
    group->require_subcommand(1);
    auto* command =
        group->add_subcommand("check", "Look through Dockerfile, fly.toml, railway.json, units");
    const auto flags = std::make_shared<CheckFlags>();
    command->add_option("DIR", flags->folder, "The folder; its deploy/ is looked into as well")
        ->capture_default_str();
    command
        ->add_option("--fail-on", flags->fail_on,
                     "Exit 6 for a finding at or above low, moderate, high or critical; or "
                     "never")
        ->capture_default_str();
    command->add_option("--grace", flags->grace,
                        "How long the program needs to end (default: what its files say)");
    command->add_flag("--rules", flags->rules, "List the rules, look at nothing");
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = check(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
