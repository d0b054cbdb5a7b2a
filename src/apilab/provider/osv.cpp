#include "apilab/provider/osv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/path_template.hpp"

namespace apilab::provider {
namespace {

namespace json = boost::json;

json::object query_object(const Osv::Package& package, const std::string& page_token) {
    json::object query;
    query["package"] = {{"name", package.name}, {"ecosystem", package.ecosystem}};
    if (!package.version.empty()) {
        query["version"] = package.version;
    }
    if (!page_token.empty()) {
        query["page_token"] = page_token;
    }
    return query;
}

runtime::Operation operation(std::string name, std::string url_template) {
    return {.provider = "osv",
            .name = std::move(name),
            .url_template = std::move(url_template),
            .effect = http::Effect::read};
}

Error malformed(std::string_view what) {
    return Error(ErrorKind::decode, fmt::format("osv querybatch: {}", what))
        .with_outcome(Outcome::answered);
}

}  // namespace

// A query whose pages are not all there yet.
struct Osv::Open {
    std::size_t package = 0;
    std::string page_token;
};

runtime::Task<Result<std::vector<Osv::Open>>> Osv::ask_batch(
    std::vector<Open> open, std::vector<Package> packages,
    std::vector<std::vector<Hit>>& hits) const {
    json::array queries;
    for (const auto& one : open) {
        queries.push_back(query_object(packages[one.package], one.page_token));
    }
    auto body = json::serialize(json::object{{"queries", std::move(queries)}});
    APILAB_CO_TRY(
        auto reply,
        co_await call(endpoint_,
                      http::Request::post(endpoint_.base.with("/v1/querybatch"), std::move(body)),
                      operation("query_batch", "/v1/querybatch")));
    APILAB_CO_TRY(auto document, decode(reply, "osv query_batch"));
    const auto results = document.root()["results"];
    if (!results.is_array() || results.size() != open.size()) {
        co_return fail(
            malformed(fmt::format("expected {} results, got {}", open.size(), results.size())));
    }
    std::vector<Open> next;
    auto asked = open.begin();
    for (const auto& result : results.elements()) {
        for (const auto& vuln : result["vulns"].elements()) {
            const auto id = vuln["id"].string();
            if (!id) {
                co_return fail(malformed("a hit without id"));
            }
            hits[asked->package].push_back(
                {std::string(*id), std::string(vuln["modified"].string_or(""))});
        }
        if (const auto token = result["next_page_token"].string(); token && !token->empty()) {
            next.push_back({asked->package, std::string(*token)});
        }
        ++asked;
    }
    co_return next;
}

runtime::Task<Result<std::vector<std::vector<Osv::Hit>>>> Osv::query_batch(
    std::vector<Package> packages) const {
    std::vector<std::vector<Hit>> hits(packages.size());
    std::vector<Open> open;
    open.reserve(packages.size());
    for (std::size_t i = 0; i < packages.size(); ++i) {
        open.push_back({i, {}});
    }
    for (std::size_t rounds = 0; !open.empty();) {
        const auto size = std::min(open.size(), batch_max);
        std::vector<Open> batch(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(size));
        open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(size));
        APILAB_CO_TRY(auto next, co_await ask_batch(std::move(batch), packages, hits));
        open.insert(open.end(), std::make_move_iterator(next.begin()),
                    std::make_move_iterator(next.end()));
        if (++rounds > pages_max + packages.size() / batch_max) {
            co_return fail(
                Error(ErrorKind::too_large,
                      fmt::format("osv querybatch: more than {} rounds of pages", pages_max))
                    .with_outcome(Outcome::answered));
        }
    }
    co_return hits;
}

runtime::Task<Result<std::vector<http::JsonDocument>>> Osv::query(Package package) const {
    std::vector<http::JsonDocument> pages;
    std::string page_token;
    do {
        if (pages.size() == pages_max) {
            co_return fail(
                Error(ErrorKind::too_large,
                      fmt::format("osv query: more than {} pages for one package", pages_max))
                    .with_outcome(Outcome::answered));
        }
        auto body = json::serialize(query_object(package, page_token));
        APILAB_CO_TRY(
            auto reply,
            co_await call(endpoint_,
                          http::Request::post(endpoint_.base.with("/v1/query"), std::move(body)),
                          operation("query", "/v1/query")));
        APILAB_CO_TRY(auto document, decode(reply, "osv query"));
        page_token = document.root()["next_page_token"].string_or("");
        pages.push_back(std::move(document));
    } while (!page_token.empty());
    co_return pages;
}

runtime::Task<Result<http::JsonDocument>> Osv::vulnerability(std::string id) const {
    APILAB_CO_TRY(auto path, http::expand_path("/v1/vulns/{id}", {{"id", id}}));
    APILAB_CO_TRY(auto reply,
                  co_await call(endpoint_, http::Request::get(endpoint_.base.with(path)),
                                operation("get_vulnerability", "/v1/vulns/{id}")));
    co_return decode(reply, "osv get_vulnerability");
}

}  // namespace apilab::provider
