#pragma once

#include <cstdint>
#include <string>

#include "apilab/http/url.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/work/gap_filler.hpp"

namespace apilab::work {

/// The deliveries of one webhook of a GitHub repository, organisation or app.
///
///     GitHubDeliveries deliveries(github, *Url::parse(
///         "https://api.github.com/repos/octo/hello/hooks/12345678"));
///
/// `service` sends the requests with whatever they need (a token with `admin:repo_hook`, retries,
/// limits) and outlives this. Errors: the service's, those of `error_for_status`, `decode` (the
/// pointer of what is missing), and `protocol` where the link to the next page leads to another
/// origin: the token would go there.
///
/// Source: GitHub REST, "List deliveries for a repository webhook" and "Redeliver a delivery for a
/// repository webhook"; pages by `Link`, 100 deliveries each.
class GitHubDeliveries final : public DeliverySource {
public:
    /// `hook`: the webhook's own URL, without a query.
    GitHubDeliveries(runtime::Service& service, http::Url hook);

    [[nodiscard]] runtime::Task<Result<DeliveryPage>> list(SystemTime since,
                                                           std::string page) override;
    [[nodiscard]] runtime::Task<Result<void>> request_again(std::string delivery) override;

private:
    [[nodiscard]] http::Request request(const std::string& method, const http::Url& url) const;

    runtime::Service& service_;
    http::Url hook_;
};

}  // namespace apilab::work
