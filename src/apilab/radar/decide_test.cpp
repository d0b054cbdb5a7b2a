#include "apilab/radar/decide.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/radar/lockfile.hpp"

namespace apilab::radar {
namespace {

SystemTime at(std::string_view text) {
    return http::parse_iso_time(text).value();
}

/// A project with package `p`, and what the sources say about it.
class World {
public:
    World() {
        facts.sources = {{"npm", SourceStatus::ok, now, {}, SourceFailure::none},
                         {"osv", SourceStatus::ok, now, {}, SourceFailure::none},
                         {"github", SourceStatus::ok, now, {}, SourceFailure::none}};
        package().osv = Answer::known;
        options.as_of = now;
    }

    /// The root declares `range` for p, of which `version` is installed.
    World& direct(const std::string& version, const std::string& range, bool dev = false) {
        lock(R"("":{")" + std::string(dev ? "devDependencies" : "dependencies") + R"(":{"p":")" +
             range + R"("}},"node_modules/p":{"version":")" + version + R"(")" +
             (dev ? R"(,"dev":true)" : "") + "}");
        return *this;
    }
    World& transitive(const std::string& version, const std::string& range, bool dev = false) {
        lock(R"("":{"dependencies":{"q":"1.0.0"}},"node_modules/q":{"version":"1.0.0",
                "dependencies":{"p":")" +
             range + R"("}},"node_modules/p":{"version":")" + version + R"(")" +
             (dev ? R"(,"dev":true)" : "") + "}");
        return *this;
    }
    World& lock(const std::string& packages) {
        auto read = read_dependencies(R"({"lockfileVersion":3,"packages":{)" + packages + "}}");
        EXPECT_TRUE(read) << read.error().to_string();
        set = *std::move(read);
        return *this;
    }
    /// npm's versions of p with their other members, published long ago unless said otherwise.
    World& npm(const std::vector<std::pair<std::string, std::string>>& versions,
               std::string_view times = "", std::string_view latest = "") {
        std::string text = R"({"name":"p","dist-tags":{"latest":")" +
                           (latest.empty() ? versions.back().first : std::string(latest)) +
                           R"("},"versions":{)";
        std::string time;
        for (const auto& [version, members] : versions) {
            text += text.ends_with('{') ? "" : ",";
            text.append("\"").append(version).append(R"(":{)").append(members).append("}");
            if (times.find('"' + version + '"') == std::string_view::npos) {
                time += (time.empty() ? "\"" : ",\"") + version + R"(":"2020-01-01T00:00:00Z")";
            }
        }
        text += R"(},"time":{)" + std::string(times) + (times.empty() || time.empty() ? "" : ",") +
                time + "}}";
        const auto document = http::JsonDocument::parse(text);
        EXPECT_TRUE(document) << text;
        package().packument = parse_packument(document->root()).value();
        package().registry = Answer::known;
        return *this;
    }
    static OsvRecord advisory(const std::string& id, const std::string& events,
                              const std::string& more = "") {
        const std::string text = R"({"id":")" + id +
                                 R"(","modified":"2024-01-01T00:00:00Z","affected":[{"package":
               {"ecosystem":"npm","name":"p"},"ranges":[{"type":"SEMVER","events":)" +
                                 events + "}]}]" + more + "}";
        const auto document = http::JsonDocument::parse(text);
        EXPECT_TRUE(document) << text;
        return parse_osv(document->root()).value();
    }
    World& osv(const std::string& id, const std::string& events, const std::string& more = "") {
        package().osv_records.push_back(advisory(id, events, more));
        return *this;
    }
    PackageFacts& package() { return facts.packages["p"]; }
    SourceReport& source(std::string_view name) {
        return *std::ranges::find(facts.sources, name, &SourceReport::name);
    }
    Report report() const { return decide(set, facts, options, "package-lock.json"); }
    Decision decision() const {
        const Report r = report();
        const auto found = std::ranges::find(r.decisions, "p", &Decision::package);
        EXPECT_NE(found, r.decisions.end());
        if (found == r.decisions.end()) {
            return {};
        }
        const int sum =
            std::accumulate(found->points.begin(), found->points.end(), 0,
                            [](int total, const Point& point) { return total + point.points; });
        EXPECT_EQ(sum, found->score) << "the points add up";
        return *found;
    }

    SystemTime now = at("2026-11-22T10:00:00Z");
    DependencySet set;
    RadarFacts facts;
    DecideOptions options;
};

const std::string critical =
    R"(,"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}])";
const std::vector<std::pair<std::string, std::string>> plain = {
    {"1.0.0", ""}, {"1.0.1", ""}, {"1.1.0", ""}, {"2.0.0", ""}, {"3.0.0-rc.1", ""}};

bool says(const Decision& decision, std::string_view text) {
    return std::ranges::any_of(decision.notes, [&](const std::string& note) {
        return note.find(text) != std::string::npos;
    });
}

TEST(Decide, a_fix_in_range_is_an_upgrade) {
    const auto d = World()
                       .direct("1.0.0", "^1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])",
                            critical + R"(,"aliases":["CVE-1"],"summary":"bad thing")")
                       .decision();
    EXPECT_EQ(d.installed, std::vector<std::string>{"1.0.0"});
    EXPECT_TRUE(d.direct);
    EXPECT_FALSE(d.dev);
    EXPECT_EQ(d.advisories, std::vector<std::string>{"GHSA-1"});
    ASSERT_EQ(d.aliases.size(), 1U);
    EXPECT_EQ(d.aliases[0].second, std::vector<std::string>{"CVE-1"});
    EXPECT_EQ(d.candidate, "1.0.1");
    EXPECT_EQ(d.change, Change::in_range);
    EXPECT_EQ(d.action, Action::upgrade);
    EXPECT_EQ(d.command, "npm install p@1.0.1");
    EXPECT_EQ(d.score, 498);
    EXPECT_EQ(d.points, (std::vector<Point>{{"exposed, fix in range", 400}, {"CVSS 9.8", 98}}));
    EXPECT_EQ(d.confidence, Confidence::full);
    EXPECT_EQ(d.level, Severity::critical);
    EXPECT_TRUE(says(d, "GHSA-1: bad thing"));
    EXPECT_TRUE(says(d, "1.0.1 was published 2020-01-01 (6 years ago)"));
}

TEST(Decide, the_candidate_clears_every_advisory_and_carries_none_itself) {
    const auto d = World()
                       .direct("1.0.0", "^1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", critical)
                       .osv("GHSA-2", R"([{"introduced":"1.0.1"},{"fixed":"1.1.0"}])")
                       .decision();
    EXPECT_EQ(d.candidate, "1.1.0");
    EXPECT_EQ(d.advisories, std::vector<std::string>{"GHSA-1"}) << "GHSA-2 does not hit 1.0.0";
}

TEST(Decide, an_exact_pin_makes_a_compatible_fix_a_minor_step) {
    const auto d = World()
                       .direct("1.0.0", "1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", critical)
                       .decision();
    EXPECT_EQ(d.change, Change::minor);
    EXPECT_EQ(d.action, Action::upgrade);
    EXPECT_EQ(d.score, 398);
    EXPECT_TRUE(says(d, "package.json asks for 1.0.0, which leaves 1.0.1 out"));
}

TEST(Decide, a_major_step_needs_a_person) {
    const auto d = World()
                       .direct("1.0.0", "^1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"2.0.0"}])", critical)
                       .decision();
    EXPECT_EQ(d.candidate, "2.0.0");
    EXPECT_EQ(d.change, Change::major);
    EXPECT_EQ(d.action, Action::decide);
    EXPECT_EQ(d.score, 298);
}

TEST(Decide, below_one_a_minor_release_is_incompatible) {
    const auto d = World()
                       .direct("0.1.0", "0.1.0")
                       .npm({{"0.1.0", ""}, {"0.2.0", ""}})
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"0.2.0"}])")
                       .decision();
    EXPECT_EQ(d.change, Change::major);
}

TEST(Decide, in_range_comes_before_minor_even_where_the_version_is_higher) {
    World w;
    w.lock(R"("":{"dependencies":{"p":"1.0.0 || ^2.0.0"}},"node_modules/p":{"version":"1.0.0"})")
        .npm(plain)
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_EQ(w.decision().candidate, "2.0.0");
    EXPECT_EQ(w.decision().change, Change::in_range);
}

TEST(Decide, without_a_fix_there_is_only_mitigation) {
    const auto d = World()
                       .direct("1.0.0", "^1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"}])", critical)
                       .decision();
    EXPECT_EQ(d.candidate, std::nullopt);
    EXPECT_EQ(d.command, std::nullopt);
    EXPECT_EQ(d.change, Change::none);
    EXPECT_EQ(d.action, Action::mitigate);
    EXPECT_EQ(d.score, 248);
    EXPECT_EQ(d.points[0].why, "exposed, no fix");
}

TEST(Decide, a_fix_that_npm_does_not_list_is_told_and_not_proposed) {
    const auto d = World()
                       .direct("1.0.0", "^1.0.0")
                       .npm({{"1.0.0", ""}})
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.7"}])")
                       .decision();
    EXPECT_EQ(d.candidate, std::nullopt);
    EXPECT_TRUE(says(d, "the advisories call 1.0.7 fixed; npm does not list it"));
}

TEST(Decide, a_prerelease_is_no_candidate_unless_one_is_installed) {
    const auto fix_in_rc = R"([{"introduced":"0"},{"fixed":"3.0.0-rc.1"}])";
    EXPECT_EQ(World().direct("1.0.0", "*").npm(plain).osv("X-1", fix_in_rc).decision().candidate,
              std::nullopt);
    EXPECT_EQ(World()
                  .direct("3.0.0-beta.1", "^3.0.0-beta.1")
                  .npm(plain)
                  .osv("X-1", fix_in_rc)
                  .decision()
                  .candidate,
              "3.0.0-rc.1");
}

TEST(Decide, weights_for_development_and_transitive) {
    const auto score = [](World& w) {
        return w.npm(plain)
            .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", critical)
            .decision();
    };
    World dev;
    EXPECT_EQ(score(dev.direct("1.0.0", "^1.0.0", true)).score, 199);  // 498 * 0.4 = 199.2
    World transitive;
    const auto d = score(transitive.transitive("1.0.0", "^1.0.0"));
    EXPECT_EQ(d.score, 298);  // 498 * 0.6 = 298.8
    EXPECT_FALSE(d.direct);
    EXPECT_EQ(d.command, "npm update p");
    EXPECT_EQ(d.action, Action::upgrade);
    World both;
    EXPECT_EQ(score(both.transitive("1.0.0", "^1.0.0", true)).score, 119);  // 498 * 0.24 = 119.5
}

TEST(Decide, a_transitive_fix_out_of_range_names_who_holds_it_back) {
    const auto d = World()
                       .transitive("1.0.0", "~1.0.0")
                       .npm(plain)
                       .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.1.0"}])")
                       .decision();
    EXPECT_EQ(d.change, Change::minor);
    EXPECT_EQ(d.action, Action::decide);
    EXPECT_EQ(d.command, "npm pkg set 'overrides[p]=1.1.0' && npm install");
    EXPECT_TRUE(says(d, "q@1.0.0 asks for ~1.0.0"));
}

TEST(Decide, several_copies_are_judged_together) {
    World w;
    w.lock(R"("":{"dependencies":{"p":"^2.0.0","q":"1.0.0"}},
              "node_modules/q":{"version":"1.0.0","dependencies":{"p":"^1.0.0"}},
              "node_modules/p":{"version":"2.0.0"},
              "node_modules/q/node_modules/p":{"version":"1.0.0"})")
        .npm({{"1.0.0", ""}, {"1.0.1", ""}, {"2.0.0", ""}, {"2.0.1", ""}})
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"},{"introduced":"2.0.0"},
                           {"fixed":"2.0.1"}])");
    auto d = w.decision();
    EXPECT_EQ(d.installed, (std::vector<std::string>{"1.0.0", "2.0.0"}));
    EXPECT_EQ(d.candidate, "2.0.1");
    EXPECT_EQ(d.change, Change::major) << "for the copy under q";
    EXPECT_TRUE(says(d, "for 1.0.0 alone, 1.0.1 would do (in_range)"));
    w.package().osv_records.clear();
    w.osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    d = w.decision();
    EXPECT_EQ(d.candidate, "1.0.1") << "only the affected copy is replaced";
    EXPECT_TRUE(says(d, "affected of the installed versions: 1.0.0"));
}

TEST(Decide, the_worst_of_several_advisories_counts) {
    const std::string fixed = R"([{"introduced":"0"},{"fixed":"1.0.1"}])";
    const std::string low = R"(,"database_specific":{"severity":"LOW"})";
    for (const bool worst_first : {true, false}) {
        const auto d = World()
                           .direct("1.0.0", "^1.0.0")
                           .npm(plain)
                           .osv("GHSA-1", fixed, worst_first ? critical : low)
                           .osv("GHSA-2", fixed, worst_first ? low : critical)
                           .decision();
        EXPECT_EQ(d.score, 498);
        EXPECT_EQ(d.level, Severity::critical);
    }
}

TEST(Decide, malware_outranks_everything) {
    World w;
    w.direct("1.0.1", "^1.0.0").npm({{"1.0.0", ""}, {"1.0.1", ""}});
    w.osv("MAL-2026-1", R"([{"introduced":"1.0.1"}])");
    auto d = w.decision();
    EXPECT_EQ(d.score, 1000);
    EXPECT_EQ(d.candidate, "1.0.0") << "a roll-back to the last clean version";
    EXPECT_EQ(d.action, Action::decide);
    EXPECT_EQ(d.level, Severity::critical);
    EXPECT_TRUE(says(d, "goes back"));
    EXPECT_TRUE(says(d, "as compromised"));
    w.npm({{"1.0.1", ""}});
    d = w.decision();
    EXPECT_EQ(d.action, Action::mitigate);
    EXPECT_EQ(d.command, "npm uninstall p");
}

TEST(Decide, a_young_candidate_is_shown_but_not_recommended) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm({{"1.0.0", ""}, {"1.0.1", ""}}, R"("1.0.1":"2026-11-20T10:00:00Z")")
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_EQ(w.decision().action, Action::decide);
    EXPECT_EQ(w.decision().candidate, "1.0.1");
    EXPECT_TRUE(says(w.decision(), "inside the cool-down"));
    w.options.cool_down = std::chrono::hours(48);
    EXPECT_EQ(w.decision().action, Action::upgrade) << "exactly as old as the cool-down";
}

TEST(Decide, what_comes_after_as_of_does_not_exist_yet) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm({{"1.0.0", ""}, {"1.0.1", ""}}, R"("1.0.1":"2025-06-01T00:00:00Z")")
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])",
             R"(,"published":"2025-01-01T00:00:00Z")");
    w.options.as_of = at("2025-03-01T00:00:00Z");
    EXPECT_EQ(w.decision().candidate, std::nullopt);
    w.options.as_of = at("2024-12-31T00:00:00Z");
    EXPECT_TRUE(w.report().decisions.empty());
}

TEST(Decide, engines_filter_candidates) {
    World w;
    w.lock(R"("":{"engines":{"node":">=14.1"},"dependencies":{"p":"^1.0.0"}},
              "node_modules/p":{"version":"1.0.0"})")
        .npm({{"1.0.0", ""},
              {"1.0.1", R"("engines":{"node":">=18"})"},
              {"1.1.0", R"("engines":{"node":">=14"})"}})
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_EQ(w.decision().candidate, "1.1.0");
    EXPECT_TRUE(says(w.decision(),
                     "1.0.1 was passed over: it needs node >=18, the project has "
                     "14.1.0"));
    w.options.node_version = SemVer(20, 0, 0);
    EXPECT_EQ(w.decision().candidate, "1.0.1");
}

TEST(Decide, deprecated_versions_come_last_among_those_equally_near) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm({{"1.0.0", ""}, {"1.0.1", R"("deprecated":"oops")"}, {"1.1.0", ""}})
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_EQ(w.decision().candidate, "1.1.0");
    w.npm({{"1.0.0", ""}, {"1.0.1", R"("deprecated":"old line")"}, {"2.0.0", ""}});
    EXPECT_EQ(w.decision().candidate, "1.0.1");
    EXPECT_TRUE(says(w.decision(), "1.0.1 is deprecated itself"));
}

TEST(Decide, deprecation_alone_is_worth_a_look) {
    World w;
    w.direct("1.0.0", "^1.0.0").npm({{"1.0.0", R"("deprecated":"use r")"}});
    auto d = w.decision();
    EXPECT_EQ(d.score, 60);
    EXPECT_EQ(d.action, Action::watch);
    EXPECT_EQ(d.level, std::nullopt);
    EXPECT_TRUE(says(d, "deprecated: use r"));
    w.npm({{"1.0.0", R"("deprecated":"use 1.0.1")"}, {"1.0.1", ""}});
    d = w.decision();
    EXPECT_EQ(d.candidate, "1.0.1");
    EXPECT_EQ(d.action, Action::upgrade);
    World dev;
    dev.direct("1.0.0", "^1.0.0", true).npm({{"1.0.0", R"("deprecated":true)"}});
    EXPECT_EQ(dev.decision().score, 24);
}

TEST(Decide, an_archived_repository_means_abandoned) {
    World w;
    w.direct("1.0.0", "^1.0.0").npm({{"1.0.0", ""}});
    EXPECT_TRUE(w.report().decisions.empty());
    w.package().archived = true;
    EXPECT_EQ(w.decision().score, 40);
    EXPECT_EQ(w.decision().action, Action::watch);
}

TEST(Decide, a_package_npm_does_not_know_is_never_clean) {
    World w;
    w.direct("1.0.0", "^1.0.0");
    w.package().registry = Answer::unknown;
    const auto d = w.decision();
    EXPECT_EQ(d.notes, std::vector<std::string>{"unknown to npm"});
    EXPECT_EQ(d.score, 0);
    EXPECT_EQ(d.action, Action::watch);
    EXPECT_EQ(d.confidence, Confidence::partial);
    w.osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_TRUE(says(w.decision(), "unknown to npm"));
}

TEST(Decide, without_npm_the_fixed_versions_stand_in_and_are_not_trusted) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", critical);
    w.package().registry = Answer::failed;
    w.source("npm").status = SourceStatus::failed;
    const auto d = w.decision();
    EXPECT_EQ(d.candidate, "1.0.1");
    EXPECT_EQ(d.change, Change::in_range);
    EXPECT_EQ(d.action, Action::decide);
    EXPECT_EQ(d.confidence, Confidence::low);
    EXPECT_TRUE(says(d, "not checked against npm"));
}

TEST(Decide, failed_and_stale_sources_lower_confidence) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm(plain)
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    w.source("github").status = SourceStatus::failed;
    EXPECT_EQ(w.decision().confidence, Confidence::partial);
    w.source("github").status = SourceStatus::stale;
    EXPECT_EQ(w.decision().confidence, Confidence::partial);
    w.source("osv").status = SourceStatus::failed;
    EXPECT_EQ(w.decision().confidence, Confidence::low);
}

TEST(Decide, one_silent_answer_is_told_but_a_failed_source_only_once) {
    World w;
    w.direct("1.0.0", "^1.0.0").npm(plain);
    w.package().osv = Answer::failed;
    EXPECT_TRUE(says(w.decision(), "OSV did not answer for it"));
    w.source("osv").status = SourceStatus::failed;
    EXPECT_TRUE(w.report().decisions.empty());
}

TEST(Decide, a_version_known_only_as_a_range_is_not_judged) {
    World w;
    w.set = read_dependencies(R"({"dependencies":{"p":"^9"}})").value();
    w.npm(plain).osv("GHSA-1", R"([{"introduced":"0"}])");
    const auto d = w.decision();
    EXPECT_TRUE(says(d, "which version ^9 means is not known"));
    EXPECT_EQ(d.confidence, Confidence::low);
    EXPECT_FALSE(w.report().advisories_evaluated);
}

TEST(Decide, github_advisories_join_osv_records) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm(plain)
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    w.package().github_advisories = Answer::known;
    auto d = w.decision();
    EXPECT_TRUE(says(d, "GHSA-1 is known to OSV only"));
    w.package().github_records = {
        World::advisory("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])"),
        World::advisory("GHSA-2", R"([{"introduced":"0"},{"fixed":"1.1.0"}])")};
    d = w.decision();
    EXPECT_EQ(d.advisories, (std::vector<std::string>{"GHSA-1", "GHSA-2"}));
    EXPECT_EQ(d.candidate, "1.1.0");
    EXPECT_FALSE(says(d, "GHSA-1 is known to"));
    EXPECT_TRUE(says(d, "GHSA-2 is known to GitHub only"));
    w.package().osv = Answer::failed;
    w.package().osv_records.clear();
    EXPECT_TRUE(w.report().advisories_evaluated) << "GitHub alone is an evaluation";
    EXPECT_EQ(w.decision().confidence, Confidence::low);
}

TEST(Decide, aliases_are_closed_over_all_records) {
    World w;
    w.direct("1.0.0", "^1.0.0").npm(plain);
    w.osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", R"(,"aliases":["CVE-1"])");
    w.osv("MAL-9", R"([{"introduced":"0"},{"fixed":"1.0.1"}])", R"(,"aliases":["CVE-1","X-2"])");
    w.osv("GHSA-3", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    const auto d = w.decision();
    EXPECT_EQ(d.advisories, (std::vector<std::string>{"GHSA-1", "GHSA-3", "MAL-9"}));
    ASSERT_EQ(d.aliases.size(), 2U);
    EXPECT_EQ(d.aliases[0].second, (std::vector<std::string>{"CVE-1", "MAL-9", "X-2"}));
}

TEST(Decide, what_only_a_join_shows) {
    World w;
    w.direct("1.4.0", "^1.0.0")
        .npm({{"1.0.0", ""},
              {"1.1.0", ""},
              {"1.2.0", ""},
              {"1.3.0", ""},
              {"1.4.0", ""},
              {"1.5.0", R"("hasInstallScript":true)"}});
    w.package().github_releases = Answer::known;
    for (const char* tag : {"v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"}) {
        w.package().releases.push_back({tag, false, false, {}, ""});
    }
    w.package().releases.push_back({"v1.5.0", true, false, {}, "https://example.org/notes"});
    EXPECT_TRUE(says(w.decision(), "npm calls 1.5.0 latest, GitHub marks it as a pre-release"));
    EXPECT_FALSE(says(w.decision(), "without a tag")) << "not all releases were read";
    w.package().releases_complete = true;
    EXPECT_TRUE(says(w.decision(), "1.4.0 was published to npm without a tag"));
    w.osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.5.0"}])");
    EXPECT_TRUE(says(w.decision(), "1.5.0 runs a script when it is installed; 1.4.0 does not"));
    EXPECT_TRUE(says(w.decision(), "release notes: https://example.org/notes"));
}

TEST(Decide, aliases_and_workspaces_get_commands_that_work) {
    World w;
    w.lock(R"("":{"dependencies":{"old":"npm:p@^1.0.0"}},
              "node_modules/old":{"name":"p","version":"1.0.0"})")
        .npm(plain)
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    EXPECT_EQ(w.decision().command, "npm install old@npm:p@1.0.1");
    EXPECT_TRUE(says(w.decision(), "installed under the name old"));
    w.lock(R"("":{},"packages/web":{"dependencies":{"p":"^1.0.0"}},
              "node_modules/p":{"version":"1.0.0"})");
    EXPECT_EQ(w.decision().command, "npm install --workspace packages/web p@1.0.1");
    w.lock(
        R"("":{},"we b;x":{"dependencies":{"p":"^1.0.0"}},"node_modules/p":{"version":"1.0.0"})");
    EXPECT_EQ(w.decision().command, std::nullopt);
    EXPECT_EQ(w.decision().action, Action::decide);
}

TEST(Decide, ranks_by_score_and_then_by_name) {
    // More than the few elements that any sort leaves in place.
    World w;
    std::string packages =
        R"("":{"dependencies":{"p":"^1.0.0"}},"node_modules/p":{"version":"1.0.0"})";
    std::vector<std::string> expected = {"p"};
    for (int i = 10; i < 50; ++i) {
        expected.push_back("n" + std::to_string(i));
        packages += ",\"node_modules/" + expected.back() + R"(":{"version":"1.0.0"})";
        w.facts.packages[expected.back()].registry = Answer::unknown;
    }
    w.lock(packages).npm(plain).osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])");
    std::vector<std::string> order;
    for (const Decision& d : w.report().decisions) {
        order.push_back(d.package);
    }
    EXPECT_EQ(order, expected);
}

TEST(Decide, waits_of_all_sources_add_up) {
    World w;
    w.direct("1.0.0", "^1.0.0").npm(plain);
    w.facts.calls = {{"npm", 3, 4, 1, 100, 50, {{"backoff", 10}}},
                     {"osv", 2, 2, 0, 10, 5, {{"retry_after", 1000}, {"backoff", 5}}}};
    const Report r = w.report();
    EXPECT_EQ(r.calls.operations, 5U);
    EXPECT_EQ(r.calls.attempts, 6U);
    EXPECT_EQ(r.calls.wait_ms, (WaitsMs{{"backoff", 15}, {"retry_after", 1000}}));
    EXPECT_EQ(r.calls_by_source.size(), 2U);
}

TEST(ExitCode, follows_the_command_line_page) {
    World w;
    w.direct("1.0.0", "^1.0.0")
        .npm(plain)
        .osv("GHSA-1", R"([{"introduced":"0"},{"fixed":"1.0.1"}])",
             R"(,"database_specific":{"severity":"HIGH"})");
    EXPECT_EQ(exit_code(w.report(), std::nullopt), 0);
    EXPECT_EQ(exit_code(w.report(), Severity::high), 6);
    EXPECT_EQ(exit_code(w.report(), Severity::low), 6);
    EXPECT_EQ(exit_code(w.report(), Severity::critical), 0);
    w.source("npm").status = SourceStatus::failed;
    EXPECT_EQ(exit_code(w.report(), std::nullopt), 0) << "a degraded answer is an answer";
    EXPECT_EQ(exit_code(w.report(), Severity::high), 6);
    w.package().osv = Answer::failed;
    w.package().osv_records.clear();
    w.source("osv").status = SourceStatus::failed;
    for (const auto& [failure, code] :
         std::vector<std::pair<SourceFailure, int>>{{SourceFailure::unreachable, 7},
                                                    {SourceFailure::deadline, 8},
                                                    {SourceFailure::gave_up, 9},
                                                    {SourceFailure::none, 7}}) {
        w.source("osv").failure = failure;
        EXPECT_EQ(exit_code(w.report(), Severity::low), code);
    }
    w.set = {};
    EXPECT_EQ(exit_code(w.report(), Severity::low), 0) << "nothing to ask about";
}

}  // namespace
}  // namespace apilab::radar
