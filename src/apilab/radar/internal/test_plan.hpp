#pragma once

// What the planner's tests are about: small reports. For tests.

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/http/url.hpp"
#include "apilab/radar/report.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/plan.hpp"

namespace apilab::radar::testing {

inline SystemTime at(std::string_view text) {
    return http::parse_iso_time(text).value();
}

inline Config config() {
    const auto nowhere = http::Url::parse("http://box.test").value();
    return Config{.urls = {.npm = nowhere,
                           .osv = nowhere,
                           .github = nowhere,
                           .slack = nowhere,
                           .notion = nowhere,
                           .google = nowhere,
                           .google_token = nowhere}};
}

inline Decision decision(std::string package, std::vector<std::string> advisories = {"GHSA-1"},
                         Severity level = Severity::high) {
    const bool hit = !advisories.empty();
    return {.package = std::move(package),
            .installed = {"1.0.0"},
            .advisories = std::move(advisories),
            .candidate = "1.0.1",
            .change = Change::in_range,
            .action = Action::upgrade,
            .command = "npm install",
            .score = 480,
            .points = {{"exposed", 480}},
            .level = hit ? std::optional(level) : std::nullopt};
}

inline Report report(std::vector<Decision> decisions,
                     SystemTime as_of = at("2026-11-23T12:00:00Z")) {
    Report made;
    made.as_of = as_of;
    made.input = "package-lock.json";
    made.packages = 100;
    made.decisions = std::move(decisions);
    for (const char* name : {"npm", "osv", "github"}) {
        made.sources.push_back({.name = name, .as_of = as_of});
    }
    return made;
}

// OSV did not answer, and every decision says that it was made without.
inline Report degraded(std::vector<Decision> decisions) {
    auto made = report(std::move(decisions));
    for (Decision& one : made.decisions) {
        one.confidence = Confidence::low;
    }
    made.sources[1].status = SourceStatus::failed;
    made.sources[1].error = "HTTP 503";
    made.sources[1].failure = SourceFailure::unreachable;
    return made;
}

inline PlanRules rules() {
    return {.slack = SlackSink{.channel = "C01"}, .notion = NotionSink{.data_source = "ds"}};
}

inline std::size_t count(const Plan& plan, std::string_view target) {
    std::size_t found = 0;
    for (const auto& message : plan.messages) {
        found += message.target == target ? 1U : 0U;
    }
    return found;
}

inline const Item& item_of(const Plan& plan, std::string_view package) {
    for (const Item& item : plan.items) {
        if (item.decision.package == package) {
            return item;
        }
    }
    static const Item none;
    return none;
}

}  // namespace apilab::radar::testing
