#include "apilab/provider/osv.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/collect_pages.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/http/path_template.hpp"

namespace apilab::provider {
namespace {

namespace json = boost::json;

json::object query_object(const Osv::Package& package) {
    json::object query;
    query["package"] = {{"name", package.name}, {"ecosystem", package.ecosystem}};
    if (!package.version.empty()) {
        query["version"] = package.version;
    }
    return query;
}

runtime::Operation operation(std::string name, std::string url_template) {
    return {.provider = "osv",
            .name = std::move(name),
            .url_template = std::move(url_template),
            .effect = http::Effect::read};
}

Result<Osv::Hit> hit_of(const http::Json& vuln) {
    const auto id = vuln["id"].string();
    if (!id) {
        return fail(Error(ErrorKind::decode, "a hit without id").with_outcome(Outcome::answered));
    }
    return Osv::Hit{.id = std::string(*id),
                    .modified = std::string(vuln["modified"].string_or(""))};
}

// A page may hold nothing but a token, and so may all of them.
data::PageOptions walk_of(std::string walk, std::size_t pages_max, const Endpoint& endpoint,
                          runtime::Operation operation) {
    data::PageOptions options{.walk = std::move(walk), .pages_max = pages_max};
    options.empty_pages_max = pages_max + 1;
    options.operation = std::move(operation);
    options.deadline = endpoint.deadline;
    options.trace = endpoint.trace;
    return options;
}

}  // namespace

runtime::Task<Result<std::vector<std::vector<Osv::Hit>>>> Osv::query_batch(
    std::vector<Package> packages) const {
    json::array queries;
    for (const auto& package : packages) {
        queries.push_back(query_object(package));
    }
    auto body = json::serialize(json::object{{"queries", std::move(queries)}});
    auto rules = data::page_rules::osv_batch();
    rules.batch_max = batch_max;
    APILAB_CO_TRY(auto pages,
                  data::Pages<Hit>::create(
                      *endpoint_.client,
                      http::Request::post(endpoint_.base.with("/v1/querybatch"), std::move(body)),
                      std::move(rules), hit_of,
                      walk_of("osv query_batch", pages_max + (packages.size() / batch_max),
                              endpoint_, operation("query_batch", "/v1/querybatch"))));
    co_return co_await data::collect_by_query(std::move(pages), packages.size());
}

runtime::Task<Result<std::vector<http::JsonDocument>>> Osv::query(Package package) const {
    auto request = http::Request::post(endpoint_.base.with("/v1/query"),
                                       json::serialize(query_object(package)));
    co_return co_await data::collect_pages(
        *endpoint_.client, std::move(request), data::page_rules::osv_query(),
        walk_of("osv query", pages_max, endpoint_, operation("query", "/v1/query")));
}

runtime::Task<Result<http::JsonDocument>> Osv::vulnerability(std::string id) const {
    APILAB_CO_TRY(auto path, http::expand_path("/v1/vulns/{id}", {{"id", id}}));
    APILAB_CO_TRY(auto reply,
                  co_await call(endpoint_, http::Request::get(endpoint_.base.with(path)),
                                operation("get_vulnerability", "/v1/vulns/{id}")));
    co_return decode(reply, "osv get_vulnerability");
}

}  // namespace apilab::provider
