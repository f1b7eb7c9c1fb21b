"""The user's folders, where code lists them: they appear in the interpreter's own memory when they are asked for.

Only what is there already as text appears, and what has appeared is gone when the reading ends.
"""

import os


class Folders:
    def __init__(self, files):
        self.files = files
        self.inside = {}
        for path in files:
            folder, _, name = path.rpartition('/')
            while folder and name not in self.inside.setdefault(folder, set()):
                self.inside[folder].add(name)
                folder, _, name = folder.rpartition('/')
        self.made = []
        self.asked = set()

    def __enter__(self):
        self.before = {name: getattr(os, name) for name in ('listdir', 'scandir', 'stat')}
        listdir, scandir, stat = self.before.values()
        os.listdir = lambda path='.': listdir(self._shown(path))
        os.scandir = lambda path='.': scandir(self._shown(path))
        os.stat = lambda path, **kwargs: stat(self._with_its_folder(path), **kwargs)
        return self

    def __exit__(self, *_):
        for name, function in self.before.items():
            setattr(os, name, function)
        for path, is_folder in reversed(self.made):
            try:
                (os.rmdir if is_folder else os.remove)(path)
            except OSError:
                # The code has put something there, or taken it away.
                pass

    def _shown(self, path):
        if not isinstance(path, int):
            self._appear(os.path.normpath(os.fspath(path)))
        return path

    def _with_its_folder(self, path):
        if not isinstance(path, int):
            self._appear(os.path.dirname(os.path.normpath(os.fspath(path))))
        return path

    def _appear(self, folder):
        if folder not in self.inside or folder in self.asked:
            return
        self.asked.add(folder)
        self._folder(folder)
        for name in sorted(self.inside[folder]):
            path = f'{folder}/{name}'
            if path in self.files:
                self._file(path)
            else:
                self._folder(path)

    def _folder(self, path):
        above = path.rpartition('/')[0]
        try:
            os.mkdir(path)
        except FileExistsError:
            return
        except FileNotFoundError:
            if above == path or not above:
                return
            self._folder(above)
            os.mkdir(path)
        self.made.append((path, True))

    def _file(self, path):
        try:
            with open(path, 'x', encoding='utf-8') as file:
                file.write(self.files[path])
        except OSError:
            return
        self.made.append((path, False))
