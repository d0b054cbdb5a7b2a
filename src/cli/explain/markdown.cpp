#include "explain/markdown.hpp"

#include <algorithm>
#include <vector>

#include "table.hpp"
#include "wrap.hpp"

namespace apilab::cli {
namespace {

// `[text](address)` becomes `text`, `![text](address)` nothing, `**text**` the text.
std::string without_marks(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find("](");
        const auto close = text.find(')', end == std::string_view::npos ? text.size() : end);
        const bool image = text.starts_with("![");
        if ((image || text.starts_with('[')) && close != std::string_view::npos &&
            text.substr(1, end - 1).find('\n') == std::string_view::npos) {
            out += image ? std::string() : without_marks(text.substr(1, end - 1));
            text.remove_prefix(close + 1);
        } else if (text.starts_with("**")) {
            text.remove_prefix(2);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    line.remove_prefix(1);
    while (!line.empty()) {
        const auto end = std::min(line.find('|'), line.size());
        auto cell = without_marks(line.substr(0, end));
        cell.erase(0, std::min(cell.find_first_not_of(' '), cell.size()));
        cell.erase(cell.find_last_not_of(' ') + 1);
        cells.push_back(std::move(cell));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return cells;
}

class Renderer {
public:
    Renderer(const Terminal& terminal, std::size_t width) : terminal_(terminal), width_(width) {}

    void line(std::string_view line) {
        if (line.starts_with("```")) {
            end_block();
            fenced_ = !fenced_;
            hidden_ = fenced_ && line.starts_with("```cpp example");
        } else if (fenced_) {
            out_ += hidden_ ? std::string() : "    " + std::string(line) + "\n";
        } else if (line.starts_with('|')) {
            table_line(line);
        } else if (line.starts_with("    ") && text_.empty()) {
            end_block();
            out_ += std::string(line) + "\n";
        } else if (line.starts_with('#')) {
            end_block();
            line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
            gap();
            out_ += terminal_.bold(without_marks(line)) + "\n";
        } else if (line.empty()) {
            end_block();
            gap();
        } else {
            if (line.starts_with("- ")) {
                end_block();
                item_ = true;
                line.remove_prefix(2);
            }
            text_ += (text_.empty() ? "" : " ") + std::string(line);
        }
    }
    std::string take() && {
        end_block();
        out_.erase(out_.find_last_not_of('\n') + 1);
        return std::move(out_) + "\n";
    }

private:
    void table_line(std::string_view line) {
        if (!text_.empty()) {
            end_block();
        }
        if (!line.starts_with("| ---")) {
            rows_.push_back(cells_of(line));
        }
    }
    void gap() {
        if (!out_.empty() && !out_.ends_with("\n\n")) {
            out_ += "\n";
        }
    }
    void end_block() {
        if (!text_.empty()) {
            const auto text = without_marks(text_);
            out_ += item_ ? paragraph(text, width_, 2, "- ") : paragraph(text, width_);
        }
        if (!rows_.empty()) {
            Table table(rows_.front());
            for (std::size_t i = 1; i < rows_.size(); ++i) {
                table.add(rows_[i]);
            }
            out_ += table.to_string(width_);
        }
        text_.clear();
        rows_.clear();
        item_ = false;
    }

    const Terminal& terminal_;
    std::size_t width_;
    std::string out_;
    std::string text_;
    std::vector<std::vector<std::string>> rows_;
    bool item_ = false;
    bool fenced_ = false;
    bool hidden_ = false;
};

}  // namespace

std::string plain_text(std::string_view markdown, const Terminal& terminal, std::size_t width) {
    Renderer renderer(terminal, width);
    while (!markdown.empty()) {
        const auto end = std::min(markdown.find('\n'), markdown.size());
        renderer.line(markdown.substr(0, end));
        markdown.remove_prefix(std::min(end + 1, markdown.size()));
    }
    return std::move(renderer).take();
}

}  // namespace apilab::cli
