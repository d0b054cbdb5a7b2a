#pragma once

#include <CLI/App.hpp>
#include <CLI/FormatterFwd.hpp>
#include <string>

#include "command.hpp"

namespace apilab::cli {

/// `--help` by `help_text`, as wide as the terminal.
class HelpFormatter final : public CLI::FormatterBase {
public:
    explicit HelpFormatter(const Globals& globals) : globals_(globals) {}
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override;

private:
    const Globals& globals_;
};

}  // namespace apilab::cli
