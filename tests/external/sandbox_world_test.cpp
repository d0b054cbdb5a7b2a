// The emulated npm, OSV and GitHub against what others recorded or specified: same shape, and the
// same answer where the world is made of the same records.
//
// Out of scope, by rule: what a recorded answer holds because of its age or transport is named
// where it is left out (headers that browsers read, fields that the registry derives from a
// tarball).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "external_data.hpp"

namespace apilab::sandbox {
namespace {

using external::data_root;
using external::files_in;
using external::json_of;
using http::Json;

std::set<std::string> keys(Json object) {
    std::set<std::string> out;
    for (const auto& [key, value] : object.members()) {
        out.emplace(key);
    }
    return out;
}

std::set<std::string> strings(Json array) {
    std::set<std::string> out;
    for (const Json element : array.elements()) {
        out.emplace(element.string_or(""));
    }
    return out;
}

template <class Set>
Set without(Set all, const Set& left_out) {
    for (const auto& one : left_out) {
        all.erase(one);
    }
    return all;
}

/// The built-in world behind its service, asked without a socket.
class Served {
public:
    Served() {
        SandboxOptions options;
        options.providers = make_providers(make_world().value(), {});
        sandbox_ = Sandbox::make(scheduler_, std::move(options)).value();
    }
    http::Response get(std::string_view path, const http::Headers& headers = {}) {
        auto request = http::Request::get(url(path)).header("user-agent", "apilab-test");
        for (const auto& [name, value] : headers) {
            request.headers().add(name, value);
        }
        return send(std::move(request));
    }
    http::Response post(std::string_view path, std::string body) {
        return send(http::Request::post(url(path), std::move(body)));
    }

private:
    static http::Url url(std::string_view path) {
        return http::Url::parse("http://127.0.0.1:4010" + std::string(path)).value();
    }
    http::Response send(http::Request request) {
        return runtime::run(scheduler_, sandbox_->call(std::move(request), {})).value();
    }

    runtime::VirtualScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
};

Json parsed(const http::Response& reply, http::JsonDocument& keep) {
    keep = http::JsonDocument::parse(reply.body()).value();
    return keep.root();
}

const http::Headers with_token{{"authorization", "Bearer ghp_stubtoken"}};

/// Follows the description's `required`, property by property; says what is missing and where.
class RequiredFields {
public:
    explicit RequiredFields(Json description) : schemas_(description["components"]["schemas"]) {}

    void check(Json value, Json schema, const std::string& where) {
        if (const auto reference = schema["$ref"].string()) {
            schema = schemas_[reference->substr(reference->rfind('/') + 1)];
        }
        ASSERT_FALSE(schema.missing()) << where;
        for (const auto* list : {"allOf"}) {
            for (const Json part : schema[list].elements()) {
                check(value, part, where);
            }
        }
        if (value.is_object()) {
            for (const auto& name : strings(schema["required"])) {
                EXPECT_FALSE(value[name].missing()) << where << "/" << name;
            }
            for (const auto& [name, property] : schema["properties"].members()) {
                if (!value[name].missing() && !value[name].is_null()) {
                    check(value[name], property, where + "/" + std::string(name));
                }
            }
        }
        for (const Json element : value.elements()) {
            check(element, schema["items"], where + "/*");
        }
    }
    [[nodiscard]] Json schema(std::string_view name) const { return schemas_[name]; }

private:
    Json schemas_;
};

TEST(GitHubShape, every_required_field_of_the_description_is_there) {
    const auto file = data_root() / "github" / "openapi-subset.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA)";
    }
    const auto description = json_of(file);
    RequiredFields fields(description.root());
    Served served;
    auto keep = http::JsonDocument::parse("null").value();
    const auto check = [&](const char* target, std::string_view schema) {
        const auto value = parsed(served.get("/github" + std::string(target), with_token), keep);
        ASSERT_TRUE(value.is_object() || value.size() > 0) << target;
        if (value.is_object()) {
            fields.check(value, fields.schema(schema), target);
        }
        for (const Json element : value.elements()) {
            fields.check(element, fields.schema(schema), target);
        }
    };
    check("/repos/octo/hello/releases", "release");
    check("/repos/octo/hello/releases/latest", "release");
    check("/repos/expressjs/express", "full-repository");
    check("/advisories?per_page=100", "global-advisory");
    check("/rate_limit", "rate-limit-overview");
    check("/repos/octo/none", "basic-error");
}

TEST(GitHubShape, headers_that_every_recorded_answer_has_are_there) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& folder :
         std::filesystem::directory_iterator(data_root() / "github" / "fixtures", error)) {
        files.push_back(folder.path() / "normalized-fixture.json");
    }
    APILAB_SKIP_WITHOUT(files);
    std::set<std::string> common;
    bool first = true;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const Json exchange : document.root().elements()) {
            if (exchange["scope"].string_or("") != "https://api.github.com:443" ||
                exchange["method"].string_or("") != "get" || exchange["status"].integer() != 200) {
                continue;
            }
            const auto names = keys(exchange["headers"]);
            if (std::exchange(first, false)) {
                common = names;
            }
            std::erase_if(common, [&](const auto& name) { return !names.contains(name); });
        }
    }
    ASSERT_FALSE(common.empty());
    // The connection's own, and what only a browser reads.
    const std::set<std::string> left_out{"connection",
                                         "content-length",
                                         "date",
                                         "access-control-allow-origin",
                                         "access-control-expose-headers",
                                         "content-security-policy",
                                         "referrer-policy",
                                         "strict-transport-security",
                                         "x-content-type-options",
                                         "x-frame-options",
                                         "x-xss-protection",
                                         "x-oauth-scopes",
                                         "x-accepted-oauth-scopes",
                                         "last-modified"};
    const auto reply = Served().get("/github/repos/octo/hello", with_token);
    for (const auto& name : without(common, left_out)) {
        EXPECT_TRUE(reply.headers().contains(name)) << name;
    }
}

TEST(OsvShape, every_record_keeps_to_the_schema) {
    const auto file = data_root() / "osv" / "schema.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA)";
    }
    const auto document = json_of(file);
    const auto schema = document.root();
    const auto known = keys(schema["properties"]);
    const auto known_in_affected = keys(schema["properties"]["affected"]["items"]["properties"]);
    ASSERT_FALSE(known.empty());
    ASSERT_FALSE(known_in_affected.empty());
    const auto world = make_world({.synthetic_packages = 50}).value();
    for (const auto& record : world.osv->records()) {
        const auto text = http::JsonDocument::parse(record.text).value();
        const auto root = text.root();
        EXPECT_TRUE(without(keys(root), known).empty()) << record.id;
        for (const auto& required : strings(schema["required"])) {
            EXPECT_FALSE(root[required].missing()) << record.id << " lacks " << required;
        }
        for (const auto* time : {"modified", "published", "withdrawn"}) {
            if (!root[time].missing()) {
                EXPECT_TRUE(http::parse_iso_time(root[time].string_or(""))) << record.id;
            }
        }
        for (const Json entry : root["affected"].elements()) {
            EXPECT_TRUE(without(keys(entry), known_in_affected).empty()) << record.id;
            for (const Json range : entry["ranges"].elements()) {
                bool fixed = false;
                bool last = false;
                for (const Json event : range["events"].elements()) {
                    EXPECT_EQ(event.size(), 1U) << record.id;
                    fixed = fixed || event["fixed"].is_string();
                    last = last || event["last_affected"].is_string();
                }
                EXPECT_TRUE(range["events"].at_pointer("/0")["introduced"].is_string());
                EXPECT_FALSE(fixed && last) << record.id;
            }
        }
    }
}

TEST(OsvShape, recorded_batches_get_answers_of_the_recorded_shape) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : files_in("osv")) {
        if (file.filename().string().starts_with("querybatch-recorded")) {
            files.push_back(file);
        }
    }
    APILAB_SKIP_WITHOUT(files);
    Served served;
    auto keep = http::JsonDocument::parse("null").value();
    const std::set<std::string> result_keys{"vulns", "next_page_token"};
    int batches = 0;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const Json exchange : document.root().elements()) {
            const auto recorded = exchange["response_body"]["results"];
            const auto reply =
                served.post("/osv/v1/querybatch", exchange["request_body"].to_text());
            ASSERT_EQ(reply.status(), exchange["status"].integer()) << file << reply.body();
            const auto answer = parsed(reply, keep);
            const auto results = answer["results"];
            EXPECT_EQ(results.size(), recorded.size()) << file;
            EXPECT_EQ(keys(answer), keys(exchange["response_body"])) << file;
            for (const auto& list : {recorded, results}) {
                for (const Json result : list.elements()) {
                    EXPECT_TRUE(without(keys(result), result_keys).empty()) << result.to_text();
                    for (const Json vulnerability : result["vulns"].elements()) {
                        EXPECT_EQ(keys(vulnerability), (std::set<std::string>{"id", "modified"}));
                    }
                }
            }
            ++batches;
        }
    }
    EXPECT_GT(batches, 0);
}

TEST(NpmShape, the_abbreviated_document_is_the_recorded_one_made_from_the_full_one) {
    const auto files = files_in("npm/packuments-abbreviated");
    APILAB_SKIP_WITHOUT(files);
    int compared = 0;
    for (const auto& file : files) {
        const auto full = data_root() / "npm" / "packuments-full" / file.filename();
        auto name = file.filename().string();
        if (!std::filesystem::exists(full)) {
            continue;
        }
        const auto recorded = json_of(file);
        const auto source = json_of(full);
        const auto made = npm::read_packument(source.root()).value();
        const auto ours = http::JsonDocument::parse(made.abbreviated).value();
        EXPECT_EQ(keys(ours.root()), keys(recorded.root())) << name;
        EXPECT_EQ(ours.root()["modified"].string(), recorded.root()["modified"].string()) << name;
        for (const auto& [version, manifest] : recorded.root()["versions"].members()) {
            const auto mine = ours.root()["versions"][version];
            // Derived from the tarball, not in the full document of that age.
            const std::set<std::string> derived{"hasInstallScript", "_hasShrinkwrap"};
            EXPECT_EQ(without(keys(mine), derived), without(keys(manifest), derived))
                << name << "@" << version;
            EXPECT_EQ(mine["dependencies"].to_text(), manifest["dependencies"].to_text());
            EXPECT_EQ(mine["dist"]["shasum"].string(), manifest["dist"]["shasum"].string());
        }
        ++compared;
    }
    EXPECT_GT(compared, 0);
}

TEST(NpmShape, bulk_entries_have_every_recorded_field) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : files_in("npm/audit")) {
        if (file.filename().string().find("bulk") != std::string::npos) {
            files.push_back(file);
        }
    }
    APILAB_SKIP_WITHOUT(files);
    auto keep = http::JsonDocument::parse("null").value();
    const auto reply =
        Served().post("/npm/-/npm/v1/security/advisories/bulk", R"({"minimist":["1.2.0"]})");
    const auto ours = parsed(reply, keep)["minimist"].at_pointer("/0");
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const auto& [package, entries] : document.root().members()) {
            for (const Json entry : entries.elements()) {
                EXPECT_TRUE(without(keys(entry), keys(ours)).empty()) << file << entry.to_text();
            }
        }
    }
}

TEST(DataFolder, the_recorded_world_answers_from_its_records) {
    if (!std::filesystem::exists(data_root() / "osv" / "advisories-npm")) {
        GTEST_SKIP() << "no data under " << data_root() << " (set APILAB_DATA)";
    }
    const WorldOptions options{.data_dir = data_root()};
    const auto world = make_world(options);
    ASSERT_TRUE(world) << world.error().to_string();
    for (const auto& warning : world->warnings) {
        std::cout << warning << "\n";
    }
    std::size_t files = 0;
    for (const auto* folder : {"osv/advisories-npm", "osv/advisories-other"}) {
        files += files_in(folder).size();
    }
    EXPECT_EQ(world->osv->records().size() + world->warnings.size(), files)
        << "each file is a record or is named in a warning";
    for (const auto* folder : {"npm/packuments-current", "npm/packuments-full"}) {
        for (const auto& file : files_in(folder)) {
            const auto document = json_of(file);
            EXPECT_TRUE(world->npm->packages.contains(document.root()["name"].string_or("")))
                << file;
        }
    }
    // Every recorded npm record is found again by the first version it names as affected.
    for (const auto& record : world->osv->records()) {
        for (const auto& affected : record.affected) {
            if (record.withdrawn || affected.ecosystem != "npm" || affected.ranges.empty()) {
                continue;
            }
            auto first = affected.ranges[0].introduced;
            first = first == "0" ? "0.0.0" : first;
            const auto hits = world->osv->match("npm", affected.package, first);
            EXPECT_TRUE(std::ranges::any_of(
                hits, [&](const osv::Record* hit) { return hit->id == record.id; }))
                << record.id << " for " << affected.package << "@" << first;
        }
    }
}

}  // namespace
}  // namespace apilab::sandbox
