#include "apilab/sandbox/github/internal/releases.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/repository_bodies.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/releases/releases#create-a-release";
constexpr std::string_view assets_page =
    "https://docs.github.com/rest/releases/assets#upload-a-release-asset";
constexpr std::size_t asset_max = std::size_t{1} << 20U;
constexpr std::size_t assets_max = 100;

// The first release that fits and may be seen, or null.
template <class Fits>
const Release* first(const Call& call, Fits fits) {
    const auto& releases = call.look().releases;
    const auto found = std::ranges::find_if(releases, [&](const Release& release) {
        return (!release.draft || call.push) && fits(release);
    });
    return found == releases.end() ? nullptr : &*found;
}

const Release* by_id(const Call& call) {
    const auto id = path_number(call.incoming, "release_id");
    return first(call, [&](const Release& release) { return release.id == id; });
}

http::Response answer_with(const Call& call, const Release* release) {
    return release == nullptr ? not_found()
                              : modified(reply(call, 200, release_object(call.look(), *release)),
                                         release->updated);
}

Release* to_edit(const Call& call) {
    if (by_id(call) == nullptr) {
        return nullptr;
    }
    auto& releases = call.edit().releases;
    const auto id = path_number(call.incoming, "release_id");
    return &*std::ranges::find(releases, id, &Release::id);
}

void tell(const Call& call, const Release& release, std::string_view action) {
    emit(call, "release", action, {{"release", release_object(call.look(), release)}});
}

// What a body says of a release; the rest stays.
void read_fields(http::Json body, Release& release) {
    release.tag = text_member(body, "tag_name").value_or(release.tag);
    release.target = text_member(body, "target_commitish").value_or(release.target);
    if (!body["name"].missing()) {
        release.name = text_member(body, "name");
    }
    if (!body["body"].missing()) {
        release.body = text_member(body, "body");
    }
    release.draft = body["draft"].boolean().value_or(release.draft);
    release.prerelease = body["prerelease"].boolean().value_or(release.prerelease);
}

// From a draft to something that everybody sees; makes the tag where there is none.
void publish(const Call& call, RepositoryState& state, Release& release) {
    if (release.draft || !release.published.empty()) {
        return;
    }
    release.published = call.at;
    const bool tagged =
        std::ranges::any_of(state.tags, [&](const auto& tag) { return tag.first == release.tag; });
    if (!tagged) {
        state.tags.emplace(state.tags.begin(), release.tag, call.at);
    }
}

bool taken(const Call& call, std::string_view tag, std::int64_t by_other_than) {
    return std::ranges::any_of(call.look().releases, [&](const Release& release) {
        return !release.draft && release.tag == tag && release.id != by_other_than;
    });
}

http::Response invalid(std::string_view code, std::string_view field) {
    return validation_error({.resource = "Release", .code = code, .field = field}, documentation);
}

}  // namespace

http::Response list_releases(const Call& call) {
    const auto& state = call.look();
    std::vector<const Release*> rows;
    for (const auto& release : state.releases) {
        if (!release.draft || call.push) {
            rows.push_back(&release);
        }
    }
    return list_reply(call, rows,
                      [&](const Release* release) { return release_object(state, *release); });
}

http::Response get_latest_release(const Call& call) {
    // Drafts and pre-releases do not count.
    return answer_with(call, first(call, [](const Release& release) {
                           return !release.prerelease && !release.draft;
                       }));
}

http::Response get_release_by_tag(const Call& call) {
    const auto tag = path_value(call.incoming, "tag");
    return answer_with(call, first(call, [&](const Release& release) {
                           return release.tag == tag && !release.draft;
                       }));
}

http::Response get_release(const Call& call) {
    return answer_with(call, by_id(call));
}

http::Response create_release(const Call& call) {
    if (call.body["tag_name"].missing()) {
        return not_supplied("tag_name", documentation);
    }
    const auto tag = text_member(call.body, "tag_name").value_or("");
    if (tag.empty()) {
        return invalid("missing_field", "tag_name");
    }
    if (!call.body["discussion_category_name"].missing()) {
        return not_found();  // there are no discussions here
    }
    const bool draft = call.body["draft"].boolean().value_or(false);
    if (!draft && taken(call, tag, 0)) {
        return invalid("already_exists", "tag_name");
    }
    auto& state = call.edit();
    if (state.releases.size() >= rows_max) {
        return full();
    }
    Release release{.id = fresh_id(state, "release"),
                    .author = call.login,
                    .created = call.at,
                    .updated = call.at};
    read_fields(call.body, release);
    publish(call, state, release);
    state.updated = call.at;
    state.releases.insert(state.releases.begin(), std::move(release));
    const auto& made = state.releases.front();
    call.incoming.note("created", "release " + made.tag);
    tell(call, made, "created");
    if (!made.draft) {
        tell(call, made, "published");
        tell(call, made, made.prerelease ? "prereleased" : "released");
    }
    return created(call, release_object(state, made));
}

http::Response update_release(const Call& call) {
    auto* release = to_edit(call);
    if (release == nullptr) {
        return not_found();
    }
    const auto tag = text_member(call.body, "tag_name").value_or(release->tag);
    if (tag.empty() || taken(call, tag, release->id)) {
        return invalid(tag.empty() ? "missing_field" : "already_exists", "tag_name");
    }
    auto& state = call.edit();
    const bool was_draft = release->draft;
    read_fields(call.body, *release);
    publish(call, state, *release);
    release->updated = state.updated = call.at;
    tell(call, *release, was_draft && !release->draft ? "published" : "edited");
    return reply(call, 200, release_object(state, *release));
}

http::Response delete_release(const Call& call) {
    const auto* release = to_edit(call);
    if (release == nullptr) {
        return not_found();
    }
    auto& state = call.edit();
    tell(call, *release, "deleted");
    state.updated = call.at;
    std::erase_if(state.releases, [id = release->id](const Release& one) { return one.id == id; });
    return no_content();
}

http::Response list_tags(const Call& call) {
    const auto& state = call.look();
    return list_reply(call, state.tags,
                      [&](const auto& tag) { return tag_object(state, tag.first); });
}

http::Response list_assets(const Call& call) {
    const auto* release = by_id(call);
    if (release == nullptr) {
        return not_found();
    }
    const auto& state = call.look();
    return list_reply(call, release->assets,
                      [&](const Asset& asset) { return asset_object(state, *release, asset); });
}

http::Response upload_asset(const Call& call) {
    auto* release = to_edit(call);
    if (release == nullptr) {
        return not_found();
    }
    const auto invalid_asset = [](std::string_view code, std::string_view field) {
        return validation_error({.resource = "ReleaseAsset", .code = code, .field = field},
                                assets_page);
    };
    const auto& request = *call.incoming.request;
    const auto name = clean(query_value(call.incoming, "name"));
    if (name.empty()) {
        return invalid_asset("missing_field", "name");
    }
    if (std::ranges::find(release->assets, name, &Asset::name) != release->assets.end()) {
        return invalid_asset("already_exists", "name");
    }
    if (request.body().empty() || request.body().size() > asset_max ||
        release->assets.size() >= assets_max) {
        return invalid_asset("invalid", "size");
    }
    const auto type = request.headers().value("content-type");
    auto& state = call.edit();
    Asset asset{.id = fresh_id(state, "asset"),
                .name = name,
                .label = std::nullopt,
                .type = clean(type.empty() ? "application/octet-stream" : type),
                .content = request.body(),
                .created = call.at};
    if (const auto label = call.incoming.param("label")) {
        asset.label = clean(*label);
    }
    release->assets.push_back(std::move(asset));
    release->updated = call.at;
    return created(call, asset_object(state, *release, release->assets.back()));
}

namespace {

// The release and the place of the asset in it, or null.
std::pair<const Release*, std::size_t> find_asset(const Call& call) {
    const auto id = path_number(call.incoming, "asset_id");
    for (const auto& release : call.look().releases) {
        const auto found = std::ranges::find(release.assets, id, &Asset::id);
        if (found != release.assets.end()) {
            return {&release, static_cast<std::size_t>(found - release.assets.begin())};
        }
    }
    return {nullptr, 0};
}

}  // namespace

http::Response get_asset(const Call& call) {
    const auto [release, at] = find_asset(call);
    if (release == nullptr) {
        return not_found();
    }
    const auto& asset = release->assets[at];
    if (call.incoming.request->headers().value("accept").contains("application/octet-stream")) {
        http::Response bytes(200, asset.content);
        bytes.header("content-type", asset.type);
        return bytes;
    }
    return modified(reply(call, 200, asset_object(call.look(), *release, asset)), asset.created);
}

http::Response update_asset(const Call& call) {
    const auto [release, at] = find_asset(call);
    if (release == nullptr) {
        return not_found();
    }
    auto& releases = call.edit().releases;
    auto& asset = std::ranges::find(releases, release->id, &Release::id)->assets[at];
    asset.name = text_member(call.body, "name").value_or(asset.name);
    if (!call.body["label"].missing()) {
        asset.label = text_member(call.body, "label");
    }
    return modified(reply(call, 200, asset_object(call.look(), *release, asset)), asset.created);
}

http::Response delete_asset(const Call& call) {
    const auto [release, at] = find_asset(call);
    if (release == nullptr) {
        return not_found();
    }
    auto& releases = call.edit().releases;
    auto& assets = std::ranges::find(releases, release->id, &Release::id)->assets;
    assets.erase(assets.begin() + static_cast<std::ptrdiff_t>(at));
    return no_content();
}

}  // namespace apilab::sandbox::github
