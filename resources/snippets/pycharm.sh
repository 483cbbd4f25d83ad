§exec§ -- pycharm .
