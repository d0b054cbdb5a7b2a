#include "apilab/sandbox/github/internal/contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/repository_bodies.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/repos/contents#create-or-update-file-contents";
constexpr std::string_view get_page =
    "https://docs.github.com/rest/repos/contents#get-repository-content";
constexpr std::size_t file_max = std::size_t{1} << 20U;
constexpr std::size_t line_length = 60;

/// What stands at a path: a file, a link, a submodule, or a directory.
enum class Kind { none, file, symlink, submodule, directory };

Kind kind_of(const File& file) {
    return !file.submodule.empty() ? Kind::submodule
           : file.target.empty()   ? Kind::file
                                   : Kind::symlink;
}

Kind kind_at(const RepositoryState& state, const std::string& path) {
    if (const auto found = state.files.find(path); found != state.files.end()) {
        return kind_of(found->second);
    }
    const auto stem = path.empty() ? "" : path + "/";
    const auto below = state.files.lower_bound(stem);
    const bool any = below != state.files.end() && below->first.starts_with(stem);
    return any || path.empty() ? Kind::directory : Kind::none;
}

std::string_view word(Kind kind) {
    constexpr std::array<std::string_view, 5> words{"", "file", "symlink", "submodule", "dir"};
    return words[static_cast<std::size_t>(kind)];
}

// Directories have a name as well, which changes with what is in them.
std::string sha_at(const RepositoryState& state, const std::string& path, Kind kind) {
    if (kind != Kind::directory) {
        const auto& file = state.files.at(path);
        return kind == Kind::submodule
                   ? object_name("submodule " + file.submodule)
                   : blob_name(kind == Kind::symlink ? file.target : file.content);
    }
    std::string all = "tree " + path;
    for (const auto& [name, file] : state.files) {
        if (name.starts_with(path)) {
            all += "\n" + name + " " + blob_name(file.content + file.target + file.submodule);
        }
    }
    return object_name(all);
}

std::size_t size_at(const RepositoryState& state, const std::string& path, Kind kind) {
    if (kind == Kind::directory || kind == Kind::submodule) {
        return 0;
    }
    const auto& file = state.files.at(path);
    return kind == Kind::symlink ? file.target.size() : file.content.size();
}

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// What every kind has, in a list and alone.
json::object entry_object(const RepositoryState& state, const std::string& path, Kind kind) {
    const auto sha = sha_at(state, path, kind);
    const auto repository = "/repos/" + state.name();
    const bool directory = kind == Kind::directory;
    const auto self = api(repository + "/contents/" + encode_path(path) + "?ref=main");
    auto git = api(repository + (directory ? "/git/trees/" : "/git/blobs/") + sha);
    auto html =
        page(state.name() + (directory ? "/tree/main/" : "/blob/main/") + encode_path(path));
    if (kind == Kind::submodule) {
        const auto& target = state.files.at(path).submodule;
        git = api("/repos/" + target + "/git/trees/" + sha);
        html = page(target + "/tree/" + sha);
    }
    const bool bytes = kind == Kind::file || kind == Kind::symlink;
    const auto download =
        "https://raw.githubusercontent.com/" + state.name() + "/main/" + encode_path(path);
    return {{"name", last_part(path)},
            {"path", path},
            {"sha", sha},
            {"size", size_at(state, path, kind)},
            {"url", self},
            {"html_url", html},
            {"git_url", git},
            {"download_url", bytes ? json::value(download) : json::value(nullptr)},
            {"type", word(kind)},
            {"_links", json::object{{"self", self}, {"git", git}, {"html", html}}}};
}

// Base64 as this API writes it: in lines of 60, the last one ended as well.
std::string in_lines(std::string_view bytes) {
    const auto text = base64_encode(bytes);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += line_length) {
        out += text.substr(at, line_length) + "\n";
    }
    return out;
}

json::object file_object(const RepositoryState& state, const std::string& path, Kind kind) {
    auto out = entry_object(state, path, kind);
    const auto& file = state.files.at(path);
    if (kind == Kind::file) {
        out["content"] = in_lines(file.content);
        out["encoding"] = "base64";
    } else if (kind == Kind::symlink) {
        out["target"] = file.target;
    } else {
        out["submodule_git_url"] = "git://github.com/" + file.submodule + ".git";
    }
    return out;
}

json::array directory_array(const RepositoryState& state, const std::string& path, bool newer) {
    const auto stem = path.empty() ? "" : path + "/";
    std::set<std::string> names;
    for (const auto& [name, file] : state.files) {
        if (name.starts_with(stem)) {
            names.insert(name.substr(0, name.find('/', stem.size())));
        }
    }
    json::array out;
    for (const auto& name : names) {
        const auto kind = kind_at(state, name);
        auto entry = entry_object(state, name, kind);
        if (kind == Kind::submodule && !newer) {
            entry["type"] = "file";  // for as long as anybody remembers
        }
        out.emplace_back(std::move(entry));
    }
    return out;
}

// Where a link leads, seen from its own folder; empty: out of the repository.
std::string resolve(const std::string& path, std::string_view target) {
    auto folder = path.substr(0, path.contains('/') ? path.rfind('/') : 0);
    while (target.starts_with("../")) {
        if (folder.empty()) {
            return {};
        }
        folder = folder.substr(0, folder.contains('/') ? folder.rfind('/') : 0);
        target.remove_prefix(3);
    }
    return (folder.empty() ? "" : folder + "/") + std::string(target);
}

bool knows_ref(const RepositoryState& state, std::string_view ref) {
    for (const std::string_view prefix : {"refs/heads/", "refs/tags/", "heads/", "tags/"}) {
        ref = ref.starts_with(prefix) ? ref.substr(prefix.size()) : ref;
    }
    return ref.empty() || ref == "main" || ref == "HEAD" || ref == state.head() ||
           std::ranges::any_of(state.tags, [&](const auto& tag) { return tag.first == ref; });
}

http::Response answer_file(const Call& call, std::string path) {
    const auto& state = call.look();
    auto kind = kind_at(state, path);
    if (kind == Kind::symlink) {
        // A link to a file of the repository is answered as that file.
        const auto target = resolve(path, state.files.at(path).target);
        if (kind_at(state, target) == Kind::file && !target.empty()) {
            path = target;
            kind = Kind::file;
        }
    }
    const auto accept = call.incoming.request->headers().value("accept");
    if (kind == Kind::file && accept.contains("raw")) {
        http::Response bytes(200, state.files.at(path).content);
        bytes.header("content-type", accept.contains("v3.raw")
                                         ? "application/vnd.github.v3.raw; charset=utf-8"
                                         : "application/vnd.github.raw; charset=utf-8");
        return modified(std::move(bytes), state.pushed);
    }
    return modified(reply(call, 200, file_object(state, path, kind)), state.pushed);
}

http::Response answer_directory(const Call& call, const std::string& path) {
    const auto& state = call.look();
    auto entries = directory_array(state, path, call.newer);
    if (!call.incoming.request->headers().value("accept").contains("object")) {
        return modified(reply(call, 200, entries), state.pushed);
    }
    auto object = entry_object(state, path, Kind::directory);
    object["entries"] = std::move(entries);
    return reply(call, 200, object);
}

json::object person(const Call& call, std::string_view role) {
    const auto given = call.body[role];
    const auto fallback = call.body["committer"];
    const auto from = given.is_object() ? given : fallback;
    return {
        {"name", text_member(from, "name").value_or(call.login)},
        {"email", text_member(from, "email").value_or(call.login + "@users.noreply.github.com")},
        {"date", call.at}};
}

// Counts the commit and tells of it; `how` is `added`, `modified`, `removed`.
json::object commit(const Call& call, std::string_view how, const std::string& path) {
    auto& state = call.edit();
    const auto before = state.head();
    ++state.commits;
    state.updated = state.pushed = call.at;
    const auto sha = state.head();
    const auto message = text_member(call.body, "message").value_or("");
    json::object files{
        {"added", json::array{}}, {"removed", json::array{}}, {"modified", json::array{}}};
    files[how].as_array().emplace_back(path);
    emit(call, "push", "", push_object(call, before, message, files));
    const auto git = "/repos/" + state.name() + "/git";
    const auto tree = sha_at(state, "", Kind::directory);
    json::object parent{{"sha", before},
                        {"url", api(git + "/commits/" + before)},
                        {"html_url", page(state.name() + "/commit/" + before)}};
    return {{"sha", sha},
            {"node_id", node_id("C", sha)},
            {"url", api(git + "/commits/" + sha)},
            {"html_url", page(state.name() + "/commit/" + sha)},
            {"author", person(call, "author")},
            {"committer", person(call, "committer")},
            {"tree", json::object{{"sha", tree}, {"url", api(git + "/trees/" + tree)}}},
            {"message", message},
            {"parents", json::array{parent}},
            {"verification", json::object{{"verified", false},
                                          {"reason", "unsigned"},
                                          {"signature", nullptr},
                                          {"payload", nullptr},
                                          {"verified_at", nullptr}}}};
}

// What stands in the way of writing to a path, before its content is looked at.
std::optional<http::Response> wrong_write(const Call& call, const std::string& path) {
    for (const std::string_view field : {"message", "content"}) {
        const bool needed = field == "message" || call.incoming.request->method() == "PUT";
        if (needed && !call.body[field].is_string()) {
            return not_supplied(field, documentation);
        }
    }
    const auto branch = call.body["branch"].string_or("main");
    if (branch != "main") {
        return error(404, fmt::format("Branch {} not found", branch), documentation);
    }
    if (path.starts_with('/') || path.contains("//") || path.ends_with('/') ||
        ("/" + path + "/").contains("/../") || ("/" + path + "/").contains("/./") ||
        ("/" + path + "/").contains("/.git/")) {
        return error(422, "path contains a malformed path component", documentation);
    }
    return std::nullopt;
}

// `sha` has to be of the content that is there.
std::optional<http::Response> wrong_sha(const Call& call, const std::string& path) {
    const auto& state = call.look();
    const auto given = call.body["sha"];
    if (!given.is_string()) {
        return not_supplied("sha", documentation);
    }
    if (given.string_or("") != sha_at(state, path, kind_at(state, path))) {
        return error(409, fmt::format("{} does not match {}", path, given.string_or("")),
                     documentation);
    }
    return std::nullopt;
}

}  // namespace

json::object code_object(const RepositoryState& state, const std::string& path, const File& file) {
    const auto whole = entry_object(state, path, kind_of(file));
    json::object out;
    for (const auto* name : {"name", "path", "sha", "url", "git_url", "html_url"}) {
        out[name] = whole.at(name);
    }
    out["repository"] = repository_object(state, RepositoryDetail::short_form, false);
    return out;
}

http::Response get_contents(const Call& call) {
    const auto& state = call.look();
    const std::string path(path_value(call.incoming, "path"));
    const auto ref = query_value(call.incoming, "ref");
    if (!knows_ref(state, ref)) {
        return error(404, fmt::format("No commit found for the ref {}", clean(ref)), get_page);
    }
    switch (kind_at(state, path)) {
        case Kind::none:
            return error(404, "Not Found", get_page);
        case Kind::directory:
            return answer_directory(call, path);
        default:
            return answer_file(call, path);
    }
}

http::Response get_readme(const Call& call) {
    return kind_at(call.look(), "README.md") == Kind::file ? answer_file(call, "README.md")
                                                           : not_found();
}

http::Response put_contents(const Call& call) {
    const auto path = clean(path_value(call.incoming, "path"));
    if (auto no = wrong_write(call, path)) {
        return *std::move(no);
    }
    std::string text(call.body["content"].string_or(""));
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    const auto content = base64_decode(text);
    if (!content || content->size() > file_max) {
        return error(
            422,
            content ? "The sandbox keeps files of at most 1 MiB." : "content is not valid Base64",
            documentation);
    }
    const auto kind = kind_at(call.look(), path);
    if (kind == Kind::directory) {
        return error(422, fmt::format("{} is a directory", path), documentation);
    }
    const bool fresh = kind == Kind::none;
    if (auto no = fresh ? std::nullopt : wrong_sha(call, path)) {
        return *std::move(no);
    }
    auto& state = call.edit();
    if (fresh && state.files.size() >= rows_max) {
        return full();
    }
    state.files[path] = {.content = *content};
    auto made = commit(call, fresh ? "added" : "modified", path);
    return reply(call, fresh ? 201 : 200,
                 json::object{{"content", entry_object(state, path, Kind::file)},
                              {"commit", std::move(made)}});
}

http::Response delete_contents(const Call& call) {
    const auto path = clean(path_value(call.incoming, "path"));
    if (auto no = wrong_write(call, path)) {
        return *std::move(no);
    }
    const auto kind = kind_at(call.look(), path);
    if (kind == Kind::none || kind == Kind::directory) {
        return not_found();
    }
    if (auto no = wrong_sha(call, path)) {
        return *std::move(no);
    }
    call.edit().files.erase(path);
    return reply(call, 200,
                 json::object{{"content", nullptr}, {"commit", commit(call, "removed", path)}});
}

}  // namespace apilab::sandbox::github
