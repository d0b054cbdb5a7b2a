#include "apilab/transport/internal/decoding.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::transport::internal {
namespace {

bool may_be_decoded(int status) {
    return status >= 200 && status != 204 && status != 206 && status != 304;
}

std::string joined(const http::Headers& headers, std::string_view name) {
    std::string all;
    for (const auto value : headers.get_all(name)) {
        all += all.empty() ? "" : ", ";
        all += value;
    }
    return all;
}

}  // namespace

Result<std::optional<http::ContentDecoder>> begin_decoding(http::Response& head,
                                                           const http::DecodeLimits& limits) {
    std::string codings = joined(head.headers(), "content-encoding");
    if (codings.empty() || !may_be_decoded(head.status()) ||
        !http::ContentDecoder::knows(codings)) {
        return std::nullopt;
    }
    APILAB_TRY(auto decoder, http::ContentDecoder::create(codings, limits));
    head.headers().remove("content-encoding");
    head.headers().remove("content-length");
    head.decoded_from(std::move(codings));
    return decoder;
}

Result<http::Response> decode_answer(http::Response response, const http::DecodeLimits& limits) {
    APILAB_TRY(auto decoder, begin_decoding(response, limits));
    if (decoder) {
        std::string decoded;
        APILAB_CHECK(decoder->feed(response.body(), decoded));
        APILAB_CHECK(decoder->finish());
        response.body(std::move(decoded));
    }
    return response;
}

}  // namespace apilab::transport::internal
