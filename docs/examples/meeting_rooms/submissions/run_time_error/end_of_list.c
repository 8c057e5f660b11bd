/* Keeps the meetings in a list and looks one further than its end. */
#include <stdio.h>
#include <stdlib.h>

struct meeting {
    int begin, end;
    struct meeting *next;
};

int main(void) {
    int count;
    struct meeting *first = NULL;
    if (scanf("%d", &count) != 1) return 1;
    for (int i = 0; i < count; i++) {
        struct meeting *meeting = malloc(sizeof *meeting);
        if (!meeting || scanf("%d %d", &meeting->begin, &meeting->end) != 2) return 1;
        meeting->next = first;
        first = meeting;
    }
    int rooms = 1;
    for (struct meeting *meeting = first; meeting; meeting = meeting->next) {
        if (meeting->next->begin < meeting->end) rooms++;
    }
    printf("%d\n", rooms);
    return 0;
}
