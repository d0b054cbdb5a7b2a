#include "apilab/sandbox/scenario.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/fault_set.hpp"
#include "apilab/sandbox/internal/embedded.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/internal/visitor.hpp"
#include "apilab/sandbox/internal/webhook_fields.hpp"

namespace apilab::sandbox {

using http::Json;
using internal::bad_field;

namespace {

constexpr std::size_t file_max = std::size_t{1} << 20U;
constexpr std::size_t name_max = 100;

Result<std::vector<Fault>> parse_faults(Json json) {
    std::vector<Fault> faults;
    if (json.missing()) {
        return faults;
    }
    if (!json.is_array()) {
        return bad_field("/fault", "expected tables [[fault]]");
    }
    if (json.size() > FaultSet::faults_max) {
        return bad_field("/fault", fmt::format("more than {} faults", FaultSet::faults_max));
    }
    for (const auto entry : json.elements()) {
        APILAB_TRY(auto fault, parse_fault(entry, fmt::format("/fault/{}", faults.size())));
        faults.push_back(std::move(fault));
    }
    return faults;
}

Result<LimitRules> parse_all_limits(Json json) {
    LimitRules limits;
    if (json.missing()) {
        return limits;
    }
    if (!json.is_object()) {
        return bad_field("/limits", "expected tables [limits.<provider>]");
    }
    for (const auto& [provider, value] : json.members()) {
        APILAB_TRY(auto rules, parse_limits(value, provider, internal::below("/limits", provider)));
        limits.emplace(provider, std::move(rules));
    }
    return limits;
}

Result<std::vector<ScenarioCheck>> parse_checks(Json json) {
    std::vector<ScenarioCheck> checks;
    if (!json.missing() && !json.is_array()) {
        return bad_field("/check", "expected tables [[check]]");
    }
    for (const auto entry : json.elements()) {
        const auto at = fmt::format("/check/{}", checks.size());
        APILAB_CHECK(internal::only_keys(entry, at, {"id", "decides"}));
        ScenarioCheck check;
        APILAB_TRY(check.id, internal::read_string(entry["id"], at + "/id"));
        if (const auto decides = entry["decides"]; !decides.missing()) {
            APILAB_TRY(check.decides, internal::read_boolean(decides, at + "/decides"));
        }
        checks.push_back(std::move(check));
    }
    return checks;
}

Result<Scenario> parse_fields(Json root) {
    APILAB_CHECK(internal::only_keys(
        root, "",
        {"name", "description", "seed", "failures_per_operation", "items", "page_items", "fault",
         "limits", "check", "visitor", "webhook", "kill"}));
    Scenario scenario;
    APILAB_TRY(scenario.name, internal::read_string(root["name"], "/name"));
    if (scenario.name.empty() || scenario.name.size() > name_max) {
        return bad_field("/name", fmt::format("expected 1 to {} characters", name_max));
    }
    if (const auto text = root["description"]; !text.missing()) {
        APILAB_TRY(scenario.description, internal::read_string(text, "/description"));
    }
    if (const auto seed = root["seed"]; !seed.missing()) {
        APILAB_TRY(scenario.seed, internal::read_integer(seed, "/seed", 0, INT64_MAX));
    }
    if (const auto cap = root["failures_per_operation"]; !cap.missing()) {
        APILAB_TRY(scenario.failures_per_operation,
                   internal::read_integer(cap, "/failures_per_operation", 1, 1000));
    }
    if (const auto items = root["items"]; !items.missing()) {
        APILAB_TRY(scenario.items, internal::read_integer(items, "/items", 1, 50'000));
    }
    if (const auto items = root["page_items"]; !items.missing()) {
        APILAB_TRY(scenario.page_items, internal::read_integer(items, "/page_items", 1, 1000));
    }
    APILAB_TRY(scenario.faults, parse_faults(root["fault"]));
    APILAB_TRY(scenario.limits, parse_all_limits(root["limits"]));
    APILAB_TRY(scenario.checks, parse_checks(root["check"]));
    APILAB_TRY(scenario.visitors, internal::parse_visitors(root["visitor"]));
    APILAB_TRY(scenario.webhooks, internal::parse_webhooks(root["webhook"]));
    APILAB_TRY(scenario.kills, internal::parse_kills(root["kill"]));
    return scenario;
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view toml) {
    if (toml.size() > file_max) {
        return fail(ErrorKind::too_large, "a scenario file has at most 1 MiB");
    }
    APILAB_TRY(const auto json, internal::toml_to_json(toml));
    auto document = http::JsonDocument::parse(json);
    if (!document) {  // text that TOML allows and JSON does not, such as NUL in a string
        return fail(ErrorKind::invalid_argument, document.error().message());
    }
    auto scenario = parse_fields(document->root());
    if (!scenario) {
        const auto line = internal::toml_line(toml, scenario.error().detail());
        return line ? fail(std::move(scenario).error().in(fmt::format("line {}", *line)))
                    : std::move(scenario);
    }
    return scenario;
}

std::vector<ScenarioInfo> built_in_scenarios() {
    std::vector<ScenarioInfo> list;
    for (const auto& file : internal::embedded_scenarios()) {
        if (const auto scenario = parse_scenario(file.bytes)) {  // a test parses every one
            list.push_back({scenario->name, scenario->description});
        }
    }
    return list;
}

Result<Scenario> built_in_scenario(std::string_view name) {
    std::string known;
    for (const auto& file : internal::embedded_scenarios()) {
        const auto stem = file.name.substr(0, file.name.find('.'));
        if (stem == name) {
            return parse_scenario(file.bytes);
        }
        known += fmt::format("{}{}", known.empty() ? "" : ", ", stem);
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("no scenario '{}'", name))
                    .with_detail("/scenario")
                    .with_remedy(fmt::format("built in are: {}; or give a .toml file", known)));
}

Result<Scenario> load_scenario(std::string_view name_or_path) {
    if (!name_or_path.ends_with(".toml") && !name_or_path.contains('/')) {
        return built_in_scenario(name_or_path);
    }
    APILAB_TRY(const auto text, read_file(std::filesystem::path(name_or_path), file_max));
    auto scenario = parse_scenario(text);
    if (!scenario) {
        return fail(std::move(scenario).error().in(std::string(name_or_path)));
    }
    return scenario;
}

}  // namespace apilab::sandbox
