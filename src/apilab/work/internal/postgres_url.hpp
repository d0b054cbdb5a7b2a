#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::work::internal {

/// A connection URL taken apart by libpq.
class PostgresUrl {
public:
    /// Errors (`invalid_argument`) hold nothing of the URL: libpq's own would quote it.
    [[nodiscard]] static Result<PostgresUrl> parse(const Secret& url);

    /// Sets what the URL leaves open.
    void set_default(std::string_view keyword, std::string value);
    /// Sets it whatever the URL says.
    void set(std::string_view keyword, std::string value);
    [[nodiscard]] const std::vector<std::pair<std::string, Secret>>& parameters() const {
        return parameters_;
    }

    /// What libpq or the server says, fit to be told: one line, without the host, the user, the
    /// database, files and passwords of the URL.
    [[nodiscard]] std::string told(std::string_view message) const;

private:
    std::vector<std::pair<std::string, Secret>> parameters_;
    // Values of the URL that nobody is told.
    std::vector<Secret> hidden_;
};

}  // namespace apilab::work::internal
