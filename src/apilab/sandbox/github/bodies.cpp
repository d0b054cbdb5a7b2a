#include "apilab/sandbox/github/bodies.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/store.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view site = "https://github.com/";

std::string api(std::string_view path) {
    return std::string(base_mark) + std::string(path);
}
std::string page(std::string_view path) {
    return std::string(site) + std::string(path);
}
std::string node_id(std::string_view kind, std::string_view name) {
    return std::string(kind) + "_kw" + stable_hash(name);
}

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

// Links of a user and of a repository that lead to nothing here; a typed client expects them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> user_links{
    {{"followers_url", "/followers"},
     {"following_url", "/following{/other_user}"},
     {"gists_url", "/gists{/gist_id}"},
     {"starred_url", "/starred{/owner}{/repo}"},
     {"subscriptions_url", "/subscriptions"},
     {"organizations_url", "/orgs"},
     {"repos_url", "/repos"},
     {"events_url", "/events{/privacy}"},
     {"received_events_url", "/received_events"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 37> repository_links{
    {{"forks_url", "/forks"},
     {"keys_url", "/keys{/key_id}"},
     {"collaborators_url", "/collaborators{/collaborator}"},
     {"teams_url", "/teams"},
     {"hooks_url", "/hooks"},
     {"issue_events_url", "/issues/events{/number}"},
     {"events_url", "/events"},
     {"assignees_url", "/assignees{/user}"},
     {"branches_url", "/branches{/branch}"},
     {"tags_url", "/tags"},
     {"blobs_url", "/git/blobs{/sha}"},
     {"git_tags_url", "/git/tags{/sha}"},
     {"git_refs_url", "/git/refs{/sha}"},
     {"trees_url", "/git/trees{/sha}"},
     {"statuses_url", "/statuses/{sha}"},
     {"languages_url", "/languages"},
     {"stargazers_url", "/stargazers"},
     {"contributors_url", "/contributors"},
     {"subscribers_url", "/subscribers"},
     {"subscription_url", "/subscription"},
     {"commits_url", "/commits{/sha}"},
     {"git_commits_url", "/git/commits{/sha}"},
     {"comments_url", "/comments{/number}"},
     {"issue_comment_url", "/issues/comments{/number}"},
     {"contents_url", "/contents/{+path}"},
     {"compare_url", "/compare/{base}...{head}"},
     {"merges_url", "/merges"},
     {"archive_url", "/{archive_format}{/ref}"},
     {"downloads_url", "/downloads"},
     {"issues_url", "/issues{/number}"},
     {"pulls_url", "/pulls{/number}"},
     {"milestones_url", "/milestones{/number}"},
     {"notifications_url", "/notifications{?since,all,participating}"},
     {"labels_url", "/labels{/name}"},
     {"releases_url", "/releases{/id}"},
     {"deployments_url", "/deployments"},
     {"url", ""}}};

template <class Links>
void add_links(json::object& out, const Links& links, const std::string& path) {
    for (const auto& [name, rest] : links) {
        out[name] = api(path + std::string(rest));
    }
}

json::object user(std::string_view login) {
    const std::string name(login);
    json::object out{{"login", name},
                     {"id", number_of("user", login)},
                     {"node_id", node_id("U", login)},
                     {"avatar_url", ""},
                     {"gravatar_id", ""},
                     {"url", api("/users/" + name)},
                     {"html_url", page(name)}};
    add_links(out, user_links, "/users/" + name);
    out["type"] = "User";
    out["user_view_type"] = "public";
    out["site_admin"] = false;
    return out;
}

std::string owner_of(const RepositoryFacts& facts) {
    return facts.name.substr(0, facts.name.find('/'));
}

std::string created_at(const RepositoryFacts& facts) {
    return facts.releases.empty() ? "2020-01-01T00:00:00Z" : facts.releases.front().at;
}

json::array vulnerabilities(const AdvisoryFacts& facts) {
    json::array out;
    for (const auto& affected : facts.affected) {
        for (const auto& range : affected.ranges) {
            out.emplace_back(json::object{
                {"package",
                 json::object{{"ecosystem", affected.ecosystem}, {"name", affected.package}}},
                {"vulnerable_version_range", range_text(range)},
                {"first_patched_version", or_null(range.fixed)},
                {"vulnerable_functions", json::array{}}});
        }
    }
    return out;
}

json::array identifiers(const AdvisoryFacts& facts) {
    json::array out{json::object{{"value", facts.id}, {"type", "GHSA"}}};
    if (!facts.cve.empty()) {
        out.emplace_back(json::object{{"value", facts.cve}, {"type", "CVE"}});
    }
    return out;
}

json::object rating(const AdvisoryFacts& facts, bool applies) {
    if (!applies || facts.cvss.empty()) {
        return {{"vector_string", nullptr}, {"score", nullptr}};
    }
    return {{"vector_string", facts.cvss},
            {"score", facts.score ? json::value(*facts.score) : json::value(nullptr)}};
}

}  // namespace

std::int64_t number_of(std::string_view kind, std::string_view name) {
    // Nine digits, as ids of that age have.
    return static_cast<std::int64_t>(
        100'000'000 + stable_number(std::string(kind) + ":" + std::string(name)) % 800'000'000);
}

std::string user_text(std::string_view login) {
    return json::serialize(user(login));
}

std::string repository_text(const RepositoryFacts& facts) {
    const auto newest = facts.releases.empty() ? created_at(facts) : facts.releases.back().at;
    json::object out{{"id", number_of("repository", facts.name)},
                     {"node_id", node_id("R", facts.name)},
                     {"name", facts.name.substr(facts.name.find('/') + 1)},
                     {"full_name", facts.name},
                     {"private", false},
                     {"owner", user(owner_of(facts))},
                     {"html_url", page(facts.name)},
                     {"description", or_null(facts.description)},
                     {"fork", false},
                     {"url", api("/repos/" + facts.name)},
                     {"releases_url", api("/repos/" + facts.name + "/releases{/id}")},
                     {"tags_url", api("/repos/" + facts.name + "/tags")},
                     {"created_at", created_at(facts)},
                     {"updated_at", newest},
                     {"pushed_at", newest},
                     {"git_url", "git://github.com/" + facts.name + ".git"},
                     {"ssh_url", "git@github.com:" + facts.name + ".git"},
                     {"clone_url", page(facts.name + ".git")},
                     {"svn_url", page(facts.name)},
                     {"homepage", nullptr},
                     {"size", 1000},
                     {"stargazers_count", 0},
                     {"watchers_count", 0},
                     {"language", "JavaScript"},
                     {"has_issues", true},
                     {"has_projects", true},
                     {"has_wiki", true},
                     {"has_pages", false},
                     {"has_discussions", false},
                     {"forks_count", 0},
                     {"mirror_url", nullptr},
                     {"archived", facts.archived},
                     {"disabled", false},
                     {"open_issues_count", 0},
                     {"license", nullptr},
                     {"allow_forking", true},
                     {"is_template", false},
                     {"topics", json::array{}},
                     {"visibility", "public"},
                     {"forks", 0},
                     {"open_issues", 0},
                     {"watchers", 0},
                     {"default_branch", "main"},
                     {"network_count", 0},
                     {"subscribers_count", 0}};
    add_links(out, repository_links, "/repos/" + facts.name);
    return json::serialize(out);
}

std::string release_text(const RepositoryFacts& repository, const ReleaseFacts& release) {
    const auto id = number_of("release", repository.name + "@" + release.tag);
    const auto path = "/repos/" + repository.name + "/releases/" + std::to_string(id);
    const auto tag = http::percent_encode(release.tag);
    return json::serialize(
        json::object{{"url", api(path)},
                     {"assets_url", api(path + "/assets")},
                     {"upload_url", api(path + "/assets{?name,label}")},
                     {"html_url", page(repository.name + "/releases/tag/" + tag)},
                     {"id", id},
                     {"author", user(owner_of(repository))},
                     {"node_id", node_id("RE", repository.name + "@" + release.tag)},
                     {"tag_name", release.tag},
                     {"target_commitish", "main"},
                     {"name", release.tag},
                     {"draft", false},
                     {"immutable", false},
                     {"prerelease", release.prerelease},
                     {"created_at", release.at},
                     {"updated_at", release.at},
                     {"published_at", release.at},
                     {"assets", json::array{}},
                     {"tarball_url", api("/repos/" + repository.name + "/tarball/" + tag)},
                     {"zipball_url", api("/repos/" + repository.name + "/zipball/" + tag)},
                     {"body", "What changed in " + release.tag + " (a text of the sandbox)."}});
}

std::string tag_text(const RepositoryFacts& repository, const ReleaseFacts& tag) {
    const auto id = repository.name + "@" + tag.tag;
    const auto sha =
        (stable_hash(id) + stable_hash(id + "#1") + stable_hash(id + "#2")).substr(0, 40);
    const auto path = "/repos/" + repository.name;
    const auto reference = "/refs/tags/" + http::percent_encode(tag.tag);
    return json::serialize(
        json::object{{"name", tag.tag},
                     {"zipball_url", api(path + "/zipball" + reference)},
                     {"tarball_url", api(path + "/tarball" + reference)},
                     {"commit", json::object{{"sha", sha}, {"url", api(path + "/commits/" + sha)}}},
                     {"node_id", node_id("REF", id)}});
}

std::string advisory_text(const AdvisoryFacts& facts) {
    const bool fourth = facts.cvss.starts_with("CVSS:4");
    json::array cwes;
    for (const auto& cwe : facts.cwes) {
        cwes.emplace_back(json::object{{"cwe_id", cwe}, {"name", cwe}});
    }
    return json::serialize(json::object{
        {"ghsa_id", facts.id},
        {"cve_id", or_null(facts.cve)},
        {"url", api("/advisories/" + facts.id)},
        {"html_url", page("advisories/" + facts.id)},
        {"summary", facts.summary},
        {"description", facts.summary + "."},
        {"type", "reviewed"},
        {"severity", facts.severity.empty() ? "unknown" : facts.severity},
        {"repository_advisory_url", nullptr},
        {"source_code_location", ""},
        {"identifiers", identifiers(facts)},
        {"references", json::array{json::string(page("advisories/" + facts.id))}},
        {"published_at", facts.published},
        {"updated_at", facts.modified},
        {"github_reviewed_at", facts.published},
        {"nvd_published_at", nullptr},
        {"withdrawn_at", or_null(facts.withdrawn)},
        {"vulnerabilities", vulnerabilities(facts)},
        {"cvss_severities",
         json::object{{"cvss_v3", rating(facts, !fourth)}, {"cvss_v4", rating(facts, fourth)}}},
        {"cwes", std::move(cwes)},
        {"credits", json::array{}},
        {"cvss", rating(facts, !fourth)},
        {"epss", nullptr}});
}

}  // namespace apilab::sandbox::github
