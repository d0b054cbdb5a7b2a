#include "apilab/work/github_deliveries.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/link.hpp"

namespace apilab::work {
namespace {

using runtime::Task;

std::unexpected<Error> missing(std::size_t index, std::string_view field) {
    const auto pointer = fmt::format("/{}/{}", index, field);
    return fail(Error(ErrorKind::decode, fmt::format("{} is not what GitHub sends", pointer))
                    .with_outcome(Outcome::answered)
                    .with_detail(pointer));
}

Result<Delivery> read_delivery(const http::Json& item, std::size_t index) {
    const auto id = item["id"].integer();
    const auto guid = item["guid"].string();
    const auto status = item["status_code"].integer();
    const auto at = http::parse_iso_time(item["delivered_at"].string_or(""));
    if (!id) {
        return missing(index, "id");
    }
    if (!guid) {
        return missing(index, "guid");
    }
    if (!status || *status < 0 || *status > 999) {
        return missing(index, "status_code");
    }
    if (!at) {
        return missing(index, "delivered_at");
    }
    return Delivery{.id = fmt::format("{}", *id),
                    .guid = std::string(*guid),
                    .event = std::string(item["event"].string_or("")),
                    .status = static_cast<int>(*status),
                    .at = *at,
                    .redelivery = item["redelivery"].boolean().value_or(false)};
}

Result<DeliveryPage> read_page(const http::Response& answer) {
    APILAB_TRY(const auto document, http::JsonDocument::parse(answer.body()));
    if (!document.root().is_array()) {
        return fail(Error(ErrorKind::decode, "the list of deliveries is no array")
                        .with_outcome(Outcome::answered));
    }
    DeliveryPage page;
    for (const auto item : document.root().elements()) {
        APILAB_TRY(auto delivery, read_delivery(item, page.deliveries.size()));
        page.deliveries.push_back(std::move(delivery));
    }
    page.next = http::find_link(answer.headers(), "next").value_or("");
    return page;
}

}  // namespace

GitHubDeliveries::GitHubDeliveries(runtime::Service& service, http::Url hook)
    : service_(service), hook_(std::move(hook)) {}

http::Request GitHubDeliveries::request(const std::string& method, const http::Url& url) const {
    return http::Request(method, url)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28");
}

Task<Result<DeliveryPage>> GitHubDeliveries::list(SystemTime /*since*/, std::string page) {
    auto url = hook_.with("/deliveries", "per_page=100");
    if (!page.empty()) {
        APILAB_CO_TRY(url, url.resolve(page));
        if (url.origin() != hook_.origin()) {
            co_return fail(Error(ErrorKind::protocol,
                                 "the link to the next page of deliveries leads to another origin")
                               .with_outcome(Outcome::answered));
        }
    }
    APILAB_CO_TRY(
        const auto answer,
        co_await service_.call(request("GET", url),
                               {.operation = {.provider = "github",
                                              .name = "list_deliveries",
                                              .url_template = "/hooks/{hook_id}/deliveries"}}));
    APILAB_CO_CHECK(answer.error_for_status());
    co_return read_page(answer);
}

Task<Result<void>> GitHubDeliveries::request_again(std::string delivery) {
    const auto url = hook_.with("/deliveries/" + http::percent_encode(delivery) + "/attempts");
    APILAB_CO_TRY(
        const auto answer,
        co_await service_.call(
            request("POST", url),
            {.operation = {.provider = "github",
                           .name = "redeliver",
                           .url_template = "/hooks/{hook_id}/deliveries/{delivery_id}/attempts"}}));
    APILAB_CO_CHECK(answer.error_for_status());
    co_return Result<void>();
}

}  // namespace apilab::work
