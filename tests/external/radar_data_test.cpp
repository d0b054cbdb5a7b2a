// Real lockfiles, advisories and packuments (APILAB_DATA/{lockfiles,osv,npm}), read one by one and
// joined offline.
//
// Out of scope, by rule: an advisory file whose top level is an array is read element by element;
// a file that is refused must be refused for one of the reasons the format gives (no id, no
// modified time); evaluation is checked for the npm ecosystem only.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/radar/decide.hpp"
#include "apilab/radar/find_input.hpp"
#include "apilab/radar/osv.hpp"
#include "apilab/radar/packument.hpp"
#include "apilab/radar/report_json.hpp"
#include "apilab/radar/report_text.hpp"
#include "external_data.hpp"

namespace apilab::radar {
namespace {

using external::data_root;
using external::files_in;
using external::json_of;
using http::Json;

std::vector<std::filesystem::path> folders_of(const char* name) {
    std::vector<std::filesystem::path> out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(data_root() / name, error)) {
        if (entry.is_directory()) {
            out.push_back(entry.path());
        }
    }
    std::ranges::sort(out);
    return out;
}

std::vector<OsvRecord> npm_advisories() {
    std::vector<OsvRecord> records;
    for (const auto& file : files_in("osv/advisories-npm")) {
        const auto document = json_of(file);
        auto record = parse_osv(document.root());
        EXPECT_TRUE(record) << file << ": " << record.error().to_string();
        if (record) {
            records.push_back(*std::move(record));
        }
    }
    return records;
}

/// Name to packument; full documents before abbreviated ones, current ones before both.
std::map<std::string, Packument> packuments() {
    std::map<std::string, Packument> out;
    for (const char* const folder :
         {"npm/packuments-current", "npm/packuments-full", "npm/packuments-abbreviated"}) {
        for (const auto& file : files_in(folder)) {
            const auto document = json_of(file);
            auto packument = parse_packument(document.root());
            EXPECT_TRUE(packument) << file;
            if (packument) {
                auto name = packument->name;
                out.try_emplace(std::move(name), *std::move(packument));
            }
        }
    }
    return out;
}

std::string hits(const std::vector<OsvRecord>& records, const std::string& package,
                 const std::string& version) {
    std::string out;
    for (const OsvRecord& record : records) {
        if (affects(record, package, SemVer::parse(version).value())) {
            out += (out.empty() ? "" : " ") + record.id;
        }
    }
    return out;
}

/// Every record file of one folder is read, or refused for a reason the format gives.
void read_all(const char* folder) {
    const auto files = files_in(folder);
    APILAB_SKIP_WITHOUT(files);
    std::size_t read = 0;
    std::size_t refused = 0;
    const auto one = [&](Json value, const std::filesystem::path& file) {
        const auto record = parse_osv(value);
        if (record) {
            ++read;
            for (const OsvAffected& affected : record->affected) {
                for (const SemVer& fixed : fixed_versions(*record, affected.package)) {
                    // Where the record has one line of versions, its end is outside.
                    EXPECT_TRUE(record->affected.size() > 1 ||
                                !affects(*record, affected.package, fixed))
                        << record->id << " " << fixed.to_string();
                }
                EXPECT_FALSE(score_of(*record, affected.package).words.empty());
            }
            return;
        }
        ++refused;
        EXPECT_EQ(record.error().kind(), ErrorKind::decode);
        EXPECT_FALSE(record.error().message().empty());
        std::cout << file.filename().string() << ": " << record.error().to_string() << "\n";
    };
    for (const auto& file : files) {
        const auto document = json_of(file);
        if (document.root().is_array()) {
            for (const Json element : document.root().elements()) {
                one(element, file);
            }
        } else {
            one(document.root(), file);
        }
    }
    std::cout << folder << ": " << read << " records read, " << refused << " refused\n";
    EXPECT_GT(read, 0U);
}

TEST(OsvData, npm_advisories_are_read) {
    read_all("osv/advisories-npm");
}
TEST(OsvData, historical_revisions_are_read) {
    read_all("osv/advisories-historical-revisions");
}
TEST(OsvData, advisories_of_other_kinds_are_read) {
    read_all("osv/advisories-other");
}
TEST(OsvData, linter_cases_are_read) {
    read_all("osv/linter-cases");
}

TEST(OsvData, every_npm_record_has_a_score) {
    const auto records = npm_advisories();
    APILAB_SKIP_WITHOUT(records);
    for (const OsvRecord& record : records) {
        for (const OsvAffected& affected : record.affected) {
            EXPECT_GT(score_of(record, affected.package).score.tenths, 0) << record.id;
        }
    }
}

TEST(OsvData, known_versions_are_hit_by_known_advisories) {
    const auto records = npm_advisories();
    APILAB_SKIP_WITHOUT(records);
    struct Fact {
        const char* package;
        const char* version;
        const char* id;
        bool hit;
    };
    // Facts of the published advisories, checked by hand.
    const std::vector<Fact> facts = {
        {"lodash", "4.17.11", "GHSA-35jh-r3h4-6jhm", true},
        {"lodash", "4.17.20", "GHSA-35jh-r3h4-6jhm", true},
        {"lodash", "4.17.21", "GHSA-35jh-r3h4-6jhm", false},
        {"lodash-es", "4.17.20", "GHSA-35jh-r3h4-6jhm", true},
        {"Lodash", "4.17.11", "GHSA-35jh-r3h4-6jhm", false},
        {"minimist", "1.2.0", "GHSA-xvch-5gv4-984h", true},
        {"minimist", "1.2.6", "GHSA-xvch-5gv4-984h", false},
        {"minimist", "0.2.4", "GHSA-xvch-5gv4-984h", false},
        {"minimist", "0.2.3", "GHSA-xvch-5gv4-984h", true},
        {"node-fetch", "2.6.0", "GHSA-r683-j2x4-v87g", true},
        {"node-fetch", "2.6.7", "GHSA-r683-j2x4-v87g", true},  // the two ranges overlap
        {"node-fetch", "3.1.1", "GHSA-r683-j2x4-v87g", false},
        {"request", "2.88.2", "GHSA-p8p7-x288-28g6", true},
        {"request", "2.88.3", "GHSA-p8p7-x288-28g6", false},
        {"express", "5.0.0-alpha.8", "GHSA-rv95-896h-c2vc", true},
        {"express", "5.0.0-beta.3", "GHSA-rv95-896h-c2vc", false},
        {"express", "4.16.0", "GHSA-rv95-896h-c2vc", true},
        {"vite", "4.0.0", "GHSA-8jhw-289h-jh2g", true},
        {"vite", "4.5.3", "GHSA-8jhw-289h-jh2g", false},
        {"vite", "5.1.0", "GHSA-8jhw-289h-jh2g", true},
        {"semver", "5.7.1", "GHSA-c2qf-rxjj-qqgw", true},
        {"semver", "6.3.1", "GHSA-c2qf-rxjj-qqgw", false},
        {"semver", "7.5.2-rc.1", "GHSA-c2qf-rxjj-qqgw", true},
        {"json5", "2.2.0", "GHSA-9c47-m6qq-7p4h", true},
        {"json5", "1.0.2", "GHSA-9c47-m6qq-7p4h", false},
        {"moment", "2.17.1", "GHSA-wc69-rhjr-hc9g", false},
        {"moment", "2.24.0", "GHSA-wc69-rhjr-hc9g", true},
    };
    for (const Fact& fact : facts) {
        const bool known = std::ranges::any_of(
            records, [&](const OsvRecord& record) { return record.id == fact.id; });
        if (!known) {
            std::cout << fact.id << ": not in this data\n";
            continue;
        }
        const std::string found = hits(records, fact.package, fact.version);
        EXPECT_EQ(found.find(fact.id) != std::string::npos, fact.hit)
            << fact.package << "@" << fact.version << ": " << found;
    }
}

TEST(PackumentData, every_document_is_read) {
    std::size_t documents = 0;
    std::size_t versions = 0;
    for (const char* const folder :
         {"npm/packuments-full", "npm/packuments-current", "npm/packuments-abbreviated"}) {
        for (const auto& file : files_in(folder)) {
            const auto document = json_of(file);
            const auto packument = parse_packument(document.root());
            ASSERT_TRUE(packument) << file << ": " << packument.error().to_string();
            ++documents;
            versions += packument->versions.size();
            EXPECT_EQ(packument->versions.size() + packument->unreadable_versions,
                      document.root()["versions"].size())
                << file;
            EXPECT_TRUE(packument->tagged("latest")) << file;
            EXPECT_EQ(packument->has_times, document.root()["time"].is_object()) << file;
            EXPECT_TRUE(std::ranges::is_sorted(packument->versions, {}, &PackumentVersion::semver))
                << file;
            const bool full = std::string_view(folder).ends_with("full");
            EXPECT_TRUE(packument->repository || !full) << file;
        }
    }
    if (documents == 0) {
        GTEST_SKIP() << "no packuments under " << data_root();
    }
    std::cout << documents << " packuments, " << versions << " versions\n";
}

TEST(PackumentData, npm_view_output_is_no_packument) {
    for (const auto& file : files_in("npm/npm-view")) {
        EXPECT_FALSE(parse_packument(json_of(file).root())) << file;
    }
}

TEST(LockfileData, every_lockfile_and_package_json_is_read) {
    const auto folders = folders_of("lockfiles");
    APILAB_SKIP_WITHOUT(folders);
    for (const auto& folder : folders) {
        const auto locked = read_input(folder);
        ASSERT_TRUE(locked) << locked.error().to_string();
        const auto manifest = read_input(folder / "package.json");
        ASSERT_TRUE(manifest) << manifest.error().to_string();
        const DependencySet& set = locked->dependencies;
        EXPECT_EQ(set.name, manifest->dependencies.name);
        EXPECT_TRUE(set.notes.empty());
        // What package.json names is direct in the lockfile, and nothing else is.
        std::vector<std::string> direct;
        std::size_t unwanted = 0;
        for (const Dependency& dependency : set.dependencies) {
            if (dependency.direct()) {
                direct.push_back(dependency.name);
            }
            for (const InstalledVersion& installed : dependency.installed) {
                unwanted += installed.demands.empty() ? 1 : 0;
            }
        }
        std::vector<std::string> declared;
        for (const Dependency& dependency : manifest->dependencies.dependencies) {
            declared.push_back(dependency.name);
        }
        EXPECT_EQ(direct, declared) << folder;
        EXPECT_EQ(unwanted, 0U) << folder << ": somebody wants every installed version";
        std::cout << folder.filename().string() << ": " << to_string(set.kind) << ", "
                  << set.packages() << " packages, " << direct.size() << " direct\n";
    }
}

/// What the sources would say, from the files.
RadarFacts facts_for(const DependencySet& set, const std::vector<OsvRecord>& records,
                     const std::map<std::string, Packument>& documents) {
    RadarFacts facts;
    for (const char* const name : {"npm", "osv"}) {
        facts.sources.push_back({name, SourceStatus::ok, {}, {}, SourceFailure::none});
    }
    for (const Dependency& dependency : set.dependencies) {
        PackageFacts& package = facts.packages[dependency.name];
        package.osv = Answer::known;
        for (const OsvRecord& record : records) {
            if (mentions(record, dependency.name)) {
                package.osv_records.push_back(record);
            }
        }
        const auto document = documents.find(dependency.name);
        package.registry = document != documents.end() ? Answer::known : Answer::unknown;
        if (document != documents.end()) {
            package.packument = document->second;
        }
    }
    return facts;
}

TEST(RadarData, decisions_over_the_real_lockfiles_hold_together) {
    const auto folders = folders_of("lockfiles");
    APILAB_SKIP_WITHOUT(folders);
    const auto records = npm_advisories();
    const auto documents = packuments();
    for (const auto& folder : folders) {
        const auto input = read_input(folder).value();
        const DecideOptions options{.as_of = http::parse_iso_time("2026-11-22T10:00:00Z").value()};
        const Report report =
            decide(input.dependencies, facts_for(input.dependencies, records, documents), options,
                   "package-lock.json");
        EXPECT_TRUE(http::JsonDocument::parse(report_json(report)));
        if (std::getenv("APILAB_SHOW") != nullptr) {
            std::cout << report_text(report, {.width = 100});
        }
        int before = 100'000;
        for (const Decision& decision : report.decisions) {
            EXPECT_LE(decision.score, before);
            before = decision.score;
            int sum = 0;
            for (const Point& point : decision.points) {
                sum += point.points;
            }
            EXPECT_EQ(sum, decision.score);
            for (const std::string& installed : decision.installed) {
                const std::string found = hits(records, decision.package, installed);
                EXPECT_TRUE(found.empty() || !decision.advisories.empty()) << decision.package;
            }
            if (decision.candidate) {
                EXPECT_EQ(hits(records, decision.package, *decision.candidate), "")
                    << decision.package;
            }
        }
        // Whatever an advisory hits is in the list.
        for (const Dependency& dependency : input.dependencies.dependencies) {
            for (const InstalledVersion& installed : dependency.installed) {
                if (!hits(records, dependency.name, installed.version).empty()) {
                    EXPECT_TRUE(std::ranges::any_of(report.decisions, [&](const Decision& d) {
                        return d.package == dependency.name && !d.advisories.empty();
                    })) << dependency.name;
                }
            }
        }
        std::cout << folder.filename().string() << ": " << report.decisions.size()
                  << " decisions\n";
    }
}

TEST(RadarData, a_project_with_nothing_wrong_gets_no_decision) {
    const auto input = read_input(data_root() / "lockfiles" / "clean-service");
    if (!input) {
        GTEST_SKIP() << input.error().to_string();
    }
    const Report report =
        decide(input->dependencies, facts_for(input->dependencies, npm_advisories(), packuments()),
               {.as_of = http::parse_iso_time("2026-11-22T10:00:00Z").value()}, "x");
    EXPECT_TRUE(report.decisions.empty());
}

}  // namespace
}  // namespace apilab::radar
